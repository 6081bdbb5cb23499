#!/bin/bash
# Checks the models of the ring (ring.pml), of waiting (wait.pml) and of waiting elsewhere (elsewhere.pml): each must hold for the sizes below, and each planted mistake must
# be found. src/docs/models.md says what is modelled.
#
#   src/model/check.sh             all of it
#   src/model/check.sh holds       only that the models hold
#   src/model/check.sh mistakes    only that the mistakes are found
#
# Exit status: 0 when all is as it should be, 1 when not, 77 when spin or a C compiler is not installed.
# MEMORY is the most that one search may use, in MiB (4000), LIMIT its most seconds (600).
set -u
cd "$(dirname "$0")" || exit 1
models=$PWD
for tool in spin cc; do
    if ! command -v $tool > /dev/null; then
        echo "The models were not checked: $tool is not installed (Debian: apt-get install spin gcc)."
        exit 77
    fi
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

# search MODEL MACROS: the answer, the states and the seconds of one search
search() {
    rm -rf "$work/pan"
    mkdir "$work/pan"
    cd "$work/pan" || exit 1
    # shellcheck disable=SC2086
    if ! spin -a $2 "$models/$1.pml" > out 2>&1 || ! cc -O0 -w -DSAFETY -DCOLLAPSE -DMEMLIM="${MEMORY:-4000}" -o pan pan.c >> out 2>&1; then
        cat out
        answer="does not compile"
        states=-
        seconds=-
    else
        timeout "${LIMIT:-600}" ./pan -n -m1000000 > out 2>&1
        states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' out)
        seconds=$(sed -n 's/^pan: elapsed time \([0-9.e+-]*\) seconds/\1/p' out)
        found=$(sed -n 's/^pan:[0-9]*: \(.*\) (at depth.*/\1/p' out | tr -s ' ')
        if [ -n "$found" ]; then
            answer="$found"
        elif grep -q 'errors: 0' out && ! grep -q -e 'max search depth too small' -e 'reached -DMEMLIM' -e 'out of memory' -e 'not complete' out; then
            answer=holds
        else
            answer="not searched to the end"
        fi
    fi
    cd "$models" || exit 1
}

macros() {
    for each in $1; do
        printf ' -D%s' "$each"
    done
}

holds() {
    search "$1" "$(macros "$2")"
    [ "$answer" = holds ] || bad=1
    printf '%-9s %-78s %9s states %7s s  %s\n' "$1" "$2" "${states:--}" "${seconds:--}" "$answer"
}

mistake() {
    search "$1" "$(macros "MISTAKE_$2 $3")"
    case $answer in
    holds | not* | does*)
        bad=1
        answer="NOT FOUND: $answer"
        ;;
    *) answer="found: $answer" ;;
    esac
    printf '%-9s %-32s %s\n' "$1" "$2" "$answer"
}

what=${1:-all}

if [ "$what" != mistakes ]; then
    echo "The models"
    small="SLOTS=2 LIMIT=2"
    holds ring "$small OFFERS=3 TAKERS=2"
    holds ring "$small TIMER=2 TAKERS=2"
    holds ring "$small OFFERS=2 TIMER=3 TAKERS=1"
    holds ring "$small OFFERS=1 ONES=2 TAKERS=1"
    holds ring "$small OFFERS=2 BATCH=2 ONES=1 TAKERS=1 FOREIGN=1 TAKES=1"
    holds ring "$small OFFERS=1 TIMER=2 TAKERS=1 FOREIGN=1 TAKES=1"
    holds ring "$small OFFERS=1 TIMER=3 TAKERS=0 FOREIGN=1 TAKES=2"
    holds ring "SLOTS=3 LIMIT=2 OFFERS=1 TIMER=3 TAKERS=0 FOREIGN=1 TAKES=1 TOGETHER=1"
    holds ring "$small ONES=1 TIMER=1 TAKERS=1 CLOSE=1"
    holds ring "$small ONES=1 TAKERS=1 FOREIGN=1 CLOSE=1"
    holds wait "WAITERS=2 POSTS=2"
    holds wait "WAITERS=2 POSTS=1 LIMITS=1"
    holds wait "WAITERS=2 POSTS=1 ALARMS=1"
    holds wait "WAITERS=2 POSTS=1 INTERRUPTS=1"
    holds wait "WAITERS=2 NULLS=1 INTERRUPTS=1"
    holds wait "WAITERS=2 INTERRUPTS=1 DESTROY=1"
    holds wait "WAITERS=2 REQUEST=1 SUBMITS=1"
    holds wait "WAITERS=1 SUBMITS=1 LIMITS=1 DRIVEN=1"
    holds wait "WAITERS=1 SUBMITS=1 HANDED=1 LIMITS=1 DRIVEN=1"
    holds wait "WAITERS=1 VIRTUAL=1 SUBMITS=1 DRIVEN=1"
    holds wait "WAITERS=1 ARMS=1 LIMITS=1 DRIVEN=1"
    holds wait "WAITERS=1 REQUIRED=2 ARMS=1 LIMITS=1 ELSEWHERE=1 DRIVEN=1"
    holds elsewhere "WAITERS=2 POSTS=2"
    holds elsewhere "WAITERS=2 OTHERS=2"
    holds elsewhere "WAITERS=2 OWNERS=1 OTHERS=1"
    holds elsewhere "WAITERS=2 REQUIRED=2 POSTS=2 OTHERS=1"
    holds elsewhere "WAITERS=2 OTHERS=1 SLICES=1"
    holds elsewhere "WAITERS=1 POSTS=1 OWNERS=1 OTHERS=1 SLICES=1"
    holds elsewhere "WAITERS=2 POSTS=1 ENDS=1"
    holds elsewhere "WAITERS=2 OTHERS=1 ENDS=1"
fi

if [ "$what" != holds ]; then
    echo "Planted mistakes"
    small="SLOTS=2 LIMIT=2"
    mistake ring NO_EPOCH "SLOTS=3 LIMIT=2 OFFERS=1 TIMER=3 TAKERS=0 FOREIGN=1 TAKES=1 TOGETHER=1"
    mistake ring NO_BUSY_BIT "$small OFFERS=1 TIMER=2 TAKERS=1"
    mistake ring BUSY_STAYS "$small TIMER=2 TAKERS=1"
    mistake ring INDEX_FIRST "$small ONES=2 TAKERS=1"
    mistake ring LIMIT_OFF_BY_ONE "$small OFFERS=3 TAKERS=1"
    mistake ring TRANSIT_READ_FIRST "$small OFFERS=3 TIMER=1 TAKERS=1"
    mistake ring TRANSIT_LATE "$small OFFERS=1 TIMER=2 TAKERS=1 FOREIGN=1 TAKES=1"
    mistake ring SETTLED_AFTER_TRANSIT "$small OFFERS=1 TIMER=2 TAKERS=1 FOREIGN=1 TAKES=1"
    mistake ring STALE_DELIVERED "$small TIMER=3 TAKERS=1"
    mistake ring TOMBSTONE_NOT_COUNTED "$small OFFERS=1 TIMER=2 TAKERS=1"
    mistake ring SLOT_REUSED_UNSETTLED "$small OFFERS=2 BATCH=2 ONES=1 TAKERS=1 FOREIGN=1"
    mistake ring ONLY_THE_FIRST_SLOT "$small OFFERS=2 BATCH=2 ONES=1 TAKERS=1 FOREIGN=1 TAKES=1"
    mistake ring QUIET_LOOKED_AT_FIRST "$small OFFERS=2 BATCH=2 ONES=1 TAKERS=0 FOREIGN=1 TAKES=1"
    mistake ring END_DOES_NOT_WAIT "$small ONES=1 TIMER=1 TAKERS=1 CLOSE=1"
    mistake ring HEADER_GIVEN_BACK "$small ONES=1 TAKERS=1 FOREIGN=1 CLOSE=1"
    mistake ring FOREIGN_COUNTS_LATE "$small OFFERS=1 TIMER=2 TAKERS=0 FOREIGN=1 TAKES=2"
    mistake ring PASSED_NOT_COUNTED "$small OFFERS=2 TIMER=2 TAKERS=1 FOREIGN=1 TAKES=2"
    mistake ring PASSED_STILL_WITHDRAWN "SLOTS=3 LIMIT=2 OFFERS=1 TIMER=3 TAKERS=0 FOREIGN=1 TAKES=2"
    mistake wait NO_FENCE "WAITERS=1 POSTS=1"
    mistake wait NO_LOOK_BEFORE_SLEEP "WAITERS=1 POSTS=1"
    mistake wait NO_LOOK_AFTER_NAMING "WAITERS=1 POSTS=1"
    mistake wait TOLD_NOT_NUDGED "WAITERS=1 POSTS=1"
    mistake wait LEAD_NOT_HANDED_ON "WAITERS=2 SUBMITS=1 LIMITS=1"
    mistake wait WAKE_NOT_PASSED_ON "WAITERS=2 POSTS=1 INTERRUPTS=1"
    mistake wait NULL_WAKE_FOR_RECORDS "WAITERS=2 NULLS=1 INTERRUPTS=1"
    mistake wait INTERRUPT_SWALLOWED "WAITERS=1 INTERRUPTS=1 DESTROY=1"
    mistake wait DRIVER_CALLED_BEFORE "WAITERS=1 SUBMITS=1 LIMITS=1 DRIVEN=1"
    mistake wait DRIVER_DOES_NOT_CALL_ITSELF "WAITERS=1 SUBMITS=1 HANDED=1 LIMITS=1 DRIVEN=1"
    mistake wait LEAD_WAITS_FOR_THE_END "WAITERS=1 DESTROY=1"
    mistake wait DRIVER_LOOKS_BEFORE_IT_LEAVES "WAITERS=1 SUBMITS=1 LIMITS=1 DRIVEN=1"
    mistake wait UNREAD_NOT_LOOKED_AFTER "WAITERS=1 REQUIRED=2 ARMS=1 LIMITS=1 ELSEWHERE=1 DRIVEN=1"
    mistake wait DESTROY_FORGETS_THE_LEADER "WAITERS=1 DESTROY=1"
    mistake elsewhere WAITERS_BEFORE_THE_STATE "WAITERS=1 POSTS=1"
    mistake elsewhere WORD_NOT_MOVED "WAITERS=1 POSTS=1"
    mistake elsewhere NULL_WAKE_AS_FOR_RECORDS "WAITERS=1 OWNERS=1"
    mistake elsewhere WORD_READ_AFTER_THE_COUNT "WAITERS=1 OTHERS=1"
    mistake elsewhere WORD_FORGOTTEN_AFTER_A_SLEEP "WAITERS=1 OTHERS=1 SLICES=1"
    mistake elsewhere WORD_BEGINS_AGAIN "WAITERS=1 POSTS=1 ENDS=1"
    mistake elsewhere WORD_GOES_ON_FROM_THERE "WAITERS=2 POSTS=1 ENDS=1"
fi

if [ $bad -ne 0 ]; then
    echo "The models say that something is wrong."
else
    echo "All as it should be."
fi
exit $bad
