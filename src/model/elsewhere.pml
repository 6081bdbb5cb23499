/*
 * Waiters of other processes: posts and null wakes of the owner, null wakes of others, the end of the ring, and waiters that sleep on the
 * futex word.
 *
 * check.sh runs it with the sizes of src/docs/models.md. A process is there as often as its size says:
 *
 *   WAITERS  threads elsewhere that wait for a record           REQUIRED   records that a wait needs
 *   POSTS    records, one after another                         OWNERS     null wakes of the owner
 *   OTHERS   null wakes by somebody elsewhere                   SLICES     how many sleeps of each end by themselves, and go on
 *   ENDS     1: the owner destroys the queue at some time
 *
 * The owner never looks what others ask of it: a null wake that finds somebody counted does without. A comment before a step names the
 * method whose step it is. Each step reads or writes one word that others may write meanwhile; a call of futex(2) is one. Memory is
 * sequentially consistent.
 *
 * MISTAKE_* plants a mistake.
 */
#ifndef WAITERS
#define WAITERS 1
#endif
#ifndef REQUIRED
#define REQUIRED 1
#endif
#ifndef POSTS
#define POSTS 0
#endif
#ifndef OWNERS
#define OWNERS 0
#endif
#ifndef OTHERS
#define OTHERS 0
#endif
#ifndef SLICES
#define SLICES 0
#endif
#ifndef ENDS
#define ENDS 0
#endif

byte state;                     /* the ring state */
byte unread;                    /* records in the ring */
short counted;                  /* foreign waiters */
bool gone;                      /* there is no magic */
byte wordRecords;               /* the futex word: its lower half, and its upper one */
byte wordNulls;
bool asleep[WAITERS];           /* in the kernel */
bool woken[WAITERS];
bool owed;                      /* a null wake has found somebody counted, and nobody has returned since */

/* futex(FUTEX_WAKE) for one */
inline futexWake(n) {
    i = 0;
    n = 0;
    do
    :: i < WAITERS && asleep[i] && n == 0 -> asleep[i] = false; woken[i] = true; n = 1; i++
    :: i < WAITERS && !(asleep[i] && n == 0) -> i++
    :: i == WAITERS -> break
    od
}

/* MappedRing.await, MappedRing.sleep; what it waits for is taken when it looks (MappedRing.take) */
proctype waiter(byte me) {
    byte seen;
    byte records;
    byte nulls;
    bool again;
    bool slept;
    bool nullWake;
    byte slices = SLICES;

    do
    ::  seen = state;
        /* MappedRing.take */
        if
        :: atomic { !gone && unread > 0 -> unread-- }; break
        :: gone -> break
        :: !gone && unread == 0
        fi;
#ifdef MISTAKE_WORD_READ_AFTER_THE_COUNT
        counted++;
        d_step { records = wordRecords; nulls = wordNulls };
#else
        /* MappedRing.await: the word, the count, the state */
        d_step { records = wordRecords; nulls = wordNulls };
        counted++;
#endif
        nullWake = false;
        if
        :: state != seen
        :: state == seen ->
            again = true;
            do
            :: again ->
                /* MappedRing.futex: compared and put to sleep in one step */
                if
                :: atomic { wordRecords == records && wordNulls == nulls -> asleep[me] = true; slept = true }
                :: atomic { !(wordRecords == records && wordNulls == nulls) -> slept = false }
                fi;
                if
                :: slept ->
endAsleep:          if
                    :: atomic { woken[me] -> woken[me] = false; again = false; nullWake = true }
                    :: atomic { slices > 0 && asleep[me] -> slices--; asleep[me] = false };
#ifdef MISTAKE_WORD_FORGOTTEN_AFTER_A_SLEEP
                       d_step { records = wordRecords; nulls = wordNulls }
#endif
                    fi
                :: !slept ->
                    /* MappedRing.nullWakes */
                    d_step { nullWake = wordNulls != nulls; records = wordRecords; nulls = wordNulls };
                    again = !nullWake
                fi;
                /* MappedRing.enough */
                if
                :: gone -> again = false
                :: !gone && again && state != seen -> again = unread < REQUIRED
                :: else
                fi
            :: !again -> break
            od
        fi;
        atomic { counted--; owed = false };
        if
        :: gone || nullWake && unread == 0 -> break
        :: else
        fi
    od
}

/* Wakeups.announce */
proctype poster() {
    byte i;
    byte n;
    byte there;
    byte posts;

    do
    :: posts < POSTS ->
#ifdef MISTAKE_WAITERS_BEFORE_THE_STATE
        there = counted;
#endif
        /* RingSlots.showUpTo */
        if
        :: atomic { !gone -> unread++; state++ }
        :: gone -> break
        fi;
#ifndef MISTAKE_WAITERS_BEFORE_THE_STATE
        /* ForeignTakers.asleep */
        there = counted;
#endif
        if
        :: there > 0 && unread >= REQUIRED ->
#ifndef MISTAKE_WORD_NOT_MOVED
            /* ForeignTakers.wake */
            wordRecords++;
#endif
            atomic { futexWake(n) }
        :: else
        fi;
        posts++
    :: posts == POSTS -> break
    od
}

/* Wakeups.wake: WaitRoom.wake, which finds nobody here and moves the state (Ring.touch), then those elsewhere */
proctype owner() {
    byte i;
    byte n;

    state++;
    /* ForeignTakers.asleep */
    if
    :: atomic { counted > 0 -> owed = true };
#ifdef MISTAKE_NULL_WAKE_AS_FOR_RECORDS
        wordRecords++;
#else
        /* ForeignTakers.nullWake */
        wordNulls++;
#endif
        atomic { futexWake(n) }
    :: else
    fi
}

/* Ring.close */
proctype end() {
    byte i;
    byte n;
    byte records;
    byte nulls;

    /* RingMemory.clear */
    gone = true;
    d_step { records = wordRecords; nulls = wordNulls };
    d_step { unread = 0; counted = 0; state = 0; wordRecords = 0; wordNulls = 0 };
#ifndef MISTAKE_WORD_BEGINS_AGAIN
#ifndef MISTAKE_WORD_GOES_ON_FROM_THERE
    records = records + 100;
#endif
    d_step { wordRecords = wordRecords + records; wordNulls = wordNulls + nulls };
#endif
    /* Ring.tellOthers */
    state = 200;
    /* ForeignTakers.wake */
    wordRecords++;
    atomic {
        n = 1;
        do
        :: n > 0 -> futexWake(n)
        :: n == 0 -> break
        od
    }
}

/* MappedRing.wake */
proctype other() {
    byte i;
    byte n;

    if
    :: atomic { counted > 0 -> owed = true };
        /* MappedRing.wakeSleepers */
        wordNulls++;
        atomic { futexWake(n) }
    :: else
    fi
}

init {
    byte i;
    byte sleeping;

    atomic {
        do
        :: i < WAITERS -> run waiter(i); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < OWNERS -> run owner(); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < OTHERS -> run other(); i++
        :: else -> break
        od;
        if
        :: POSTS > 0 -> run poster()
        :: else
        fi;
        if
        :: ENDS > 0 -> run end()
        :: else
        fi
    };
    /* nothing moves any more */
    timeout;
    d_step {
        i = 0;
        do
        :: i < WAITERS -> sleeping = sleeping + asleep[i]; i++
        :: else -> break
        od;
        assert(sleeping == 0 || !gone);
        assert(sleeping == 0 || unread < REQUIRED);
        assert(sleeping == 0 || !owed)
    }
}
