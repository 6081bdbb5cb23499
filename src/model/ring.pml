/*
 * The ring: those who publish, those who take here, those who take in another process and may be killed at any step, a timer
 * that is set anew, the thread that tells sources what others took, and the end of the ring.
 *
 * check.sh runs it with the sizes of src/docs/models.md. A process is there as often as its size says:
 *
 *   OFFERS   records without a source that a poster offers         ONES     records of one-shot sources, one after another
 *   BATCH    how many of them in one call                          TIMER    what is done with a timer: due or set anew
 *   TAKERS   takers in this process                                FOREIGN  takers in other processes, TAKES attempts each
 *   DRIVES   how often the driver tells                            CLOSE    1: the ring is closed
 *   SLOTS    slots of the ring                                     LIMIT    events outstanding at once
 *   TOGETHER takers elsewhere take two records with one step
 *
 * A comment before a step names the method whose step it is. Each step reads or writes one word that others may write meanwhile;
 * what is guarded by a lock that is held is done together. Memory is sequentially consistent.
 *
 * MISTAKE_* plants a mistake.
 */
#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef LIMIT
#define LIMIT 2
#endif
#ifndef OFFERS
#define OFFERS 0
#endif
#ifndef BATCH
#define BATCH 1
#endif
#ifndef ONES
#define ONES 0
#endif
#ifndef TIMER
#define TIMER 0
#endif
#ifndef TAKERS
#define TAKERS 1
#endif
#ifndef FOREIGN
#define FOREIGN 0
#endif
#ifndef TAKES
#define TAKES 2
#endif
#ifndef DRIVES
#define DRIVES 0
#endif
#ifndef CLOSE
#define CLOSE 0
#endif

#define RECORDS (OFFERS + ONES + TIMER)
#define NOWHERE 255

/* sources: what stands behind a slot */
#define NONE 0
#define A_TIMER 1
#define A_ONE 2
#define WITHDRAWN 3

/* what became of a record */
#define UNREAD 0
#define CLAIMED 1
#define TAKEN 2
#define TAKEN_BACK 3
#define DROPPED 4
#define ELSEWHERE 5
#define ABANDONED 6

/* the mapping: the read word, the write index, the records (two words each, and their flags), the counter of other takers */
byte rd, epoch;
bool busy;
byte wrThere;
bool magicGone;
byte first[SLOTS], second[SLOTS];
bool tomb[SLOTS];
bool foreignTakes;

/* the heap: RingSlots */
bool lock;
byte wr;
byte src[SLOTS];
byte held, heldUnread, withdrawn, transit, floor;
bool closed;

/* the heap: ForeignTakers */
bool seen;
byte settledTo;
chan pending = [SLOTS] of { byte, byte };

/* each source: Source */
byte position[3] = NOWHERE;
byte unsettled[3];

/* the timer: ClockTimer, HeapClockwork; under the lock of the deadlines */
bool deadlines;
bool unread, armed;
byte setting;
bool oneBusy;                   /* the one-shot source stands behind a record or a reservation: AioState */

/* what happened, for the assertions */
byte made;
byte kind[RECORDS + 1], settingOf[RECORDS + 1], fate[RECORDS + 1];
byte running, takers = TAKERS;

inline acquire() { atomic { !lock -> lock = true } }
inline release() { lock = false }
inline acquireDeadlines() { atomic { !deadlines -> deadlines = true } }
inline releaseDeadlines() { deadlines = false }

/* AioRequest.abandoned: once */
inline abandoned() {
    d_step { assert(oneBusy); oneBusy = false }
}

/* RingSlots.readIndex: under the lock; that the word was written by takers only */
inline readIndex() {
    assert(!busy && wr - rd <= wr - floor);
    r = rd; floor = rd
}

/* RingSlots.settle */
inline settle(s, index) {
    unsettled[s]--;
    if :: s == A_TIMER -> heldUnread-- :: else fi;
    if :: position[s] == index -> position[s] = NOWHERE :: else fi
}

/* ForeignTakers.used: under the lock; the read word before transit and before the counter of the others */
inline countUsed() {
#ifdef MISTAKE_TRANSIT_READ_FIRST
    used = transit;
    d_step { readIndex(); used = used + held + (wr - r) - withdrawn - heldUnread; r = 0 }
#else
    d_step { readIndex(); used = held + (wr - r) - withdrawn - heldUnread };
#ifdef MISTAKE_PASSED_NOT_COUNTED
    used = used + transit;
#else
    if
    :: !foreignTakes -> used = used + transit
    :: d_step { foreignTakes ->
            i = settledTo;
            if :: wr - i > SLOTS -> i = wr - SLOTS :: else fi;
            do
            :: i < r ->
                s = src[i % SLOTS];
                if :: s == WITHDRAWN || (s == A_TIMER && position[s] == i) -> used++ :: else fi;
                i++
            :: else -> break
            od;
            i = 0; s = 0
        }
    fi;
#endif
    r = 0
#endif
}

#ifdef MISTAKE_LIMIT_OFF_BY_ONE
#define FITS(n) (used + n <= LIMIT + 1)
#else
#define FITS(n) (used + n <= LIMIT)
#endif

/* ForeignTakers.settleSlot: in a d_step; there is room among the pending, see above */
inline settleSlot(index) {
    s = src[(index) % SLOTS];
    if
    :: s == WITHDRAWN -> src[(index) % SLOTS] = NONE; withdrawn--
    :: (s == A_TIMER || s == A_ONE) && position[s] == (index) ->
        assert(len(pending) < SLOTS);
        pending!s, first[(index) % SLOTS];
        settle(s, index)
    :: else
    fi
}

/* ForeignTakers.settle: under the lock; the read word before transit */
inline settleForeign() {
    if
    :: d_step { seen && !closed -> readIndex() };
        if
        :: transit > 0
        :: d_step { transit == 0 ->
                i = settledTo;
                if :: wr - i > SLOTS -> i = wr - SLOTS :: else fi;
                do
                :: i < r -> settleSlot(i); i++
                :: else -> break
                od;
                settledTo = i; i = 0; s = 0
            }
        fi;
        r = 0
    :: !(seen && !closed)
    fi
}

/* RingSlots.setBusy */
inline setBusy() {
#ifdef MISTAKE_NO_BUSY_BIT
    r = rd
#else
    d_step { assert(!busy); busy = true; r = rd }
#endif
}

/* RingSlots.clearBusy */
inline clearBusy(to) {
    d_step {
        floor = to;
        rd = to;
#ifndef MISTAKE_NO_EPOCH
        epoch++;
#endif
        busy = false
    }
}

/* RingSlots.move */
inline move(from, to) {
    first[(to) % SLOTS] = first[(from) % SLOTS];
    second[(to) % SLOTS] = second[(from) % SLOTS];
    tomb[(to) % SLOTS] = tomb[(from) % SLOTS];
    src[(to) % SLOTS] = src[(from) % SLOTS];
    src[(from) % SLOTS] = NONE
}

/* RingSlots.moveUp */
inline moveUp() {
    setBusy();
    i = wr; j = wr;
    do
    :: i > r ->
        d_step {
            i--;
            s = src[i % SLOTS];
            if
            :: s == WITHDRAWN
            :: else ->
                j--;
                if
                :: j != i ->
                    move(i, j);
                    if :: s != NONE && position[s] == i -> position[s] = j :: else fi
                :: else
                fi
            fi
        }
    :: else -> break
    od;
    skip;
    d_step {
        i = r;
        do
        :: i < j -> src[i % SLOTS] = NONE; withdrawn--; i++
        :: else -> break
        od;
        i = 0
    };
    clearBusy(j);
    j = 0
}

/* RingSlots.makeRoom: the slot of the next record is passed by the read index, as that is seen here */
inline makeRoom() {
    d_step { readIndex(); r = 0 };
    if
    :: wr - floor >= SLOTS -> moveUp(); r = 0
    :: else
    fi;
    assert(wr - floor < SLOTS)
}

/* ForeignTakers.makeRoom: under the lock, for a record of a source; the read index was read before the counter and transit */
inline makeRoomForeign(source, index) {
    later = false;
    if
    :: !foreignTakes || closed
    :: d_step { foreignTakes && !closed ->
            s = src[(index) % SLOTS];
            open = s == WITHDRAWN || (s != NONE && position[s] == (index) - SLOTS);
            s = 0;
#ifdef MISTAKE_SLOT_REUSED_UNSETTLED
            open = false
#endif
        };
        if
        :: !open && (source == NONE || unsettled[source] == 0)
        :: (open || (source != NONE && unsettled[source] > 0)) && (!seen || transit > 0) -> later = true
        :: d_step { (open || (source != NONE && unsettled[source] > 0)) && seen && transit == 0 ->
                if :: open -> settleSlot((index) - SLOTS) :: else fi;
                do
                :: source != NONE && unsettled[source] > 0 -> settle(source, position[source])
                :: else -> break
                od
            }
        fi;
        open = false
    fi
}

/* ForeignTakers.awaitRoom */
inline awaitRoom() {
    prepare();
    (transit == 0)
}

/* RingSlots.place: the slot's last record is settled, if another process has taken it */
inline place(index, source) {
    d_step {
        s = src[(index) % SLOTS];
        assert(!((s == A_TIMER || s == A_ONE) && position[s] == (index) - SLOTS && fate[first[(index) % SLOTS]] == ELSEWHERE));
        s = 0;
        src[(index) % SLOTS] = source;
        kind[made] = source; settingOf[made] = setting; fate[made] = UNREAD;
        if :: source != NONE -> position[source] = index; unsettled[source]++ :: else fi;
        tomb[(index) % SLOTS] = false;
        first[(index) % SLOTS] = made
    };
    d_step { second[(index) % SLOTS] = made; made++ }
}

/* RingSlots.showUpTo: here first, then for other processes */
inline showUpTo(end) {
#if FOREIGN
    wr = end;
    wrThere = wr
#else
    wr = end
#endif
}

/* RingSlots.post */
inline publish(source) {
#ifdef MISTAKE_INDEX_FIRST
    showUpTo(wr + 1);
    place(wr - 1, source)
#else
    place(wr, source);
    showUpTo(wr + 1)
#endif
}

/* ForeignTakers.prepare */
inline prepare() {
    if
    :: atomic { !seen && foreignTakes && !closed -> !lock -> seen = true }
    :: else
    fi
}

/* ForeignTakers.tell, ForeignTakers.next; and the sources' takenElsewhere */
inline tell() {
    do
    :: prepare();
        if
        :: !seen || (rd == settledTo && len(pending) == 0) -> break
        :: else
        fi;
        acquire();
        settleForeign();
        told = NONE;
        if
        :: len(pending) > 0 && !closed -> pending?told, copy
        :: else
        fi;
        release();
        if
        :: told == NONE -> break                    /* after a while, when a taker stays in transit */
        :: told == A_ONE -> oneBusy = false
        :: told == A_TIMER ->
            /* ClockTimer.takenElsewhere */
            acquireDeadlines();
            if :: unread -> unread = false; armed = true :: else fi;
            releaseDeadlines()
        fi
    od;
    told = NONE; copy = 0
}

/* Ring.offerAtOnce: of n records; they are done when fit is n */
inline offerAtOnce(n) {
    acquire();
    /* RingSlots.fitting: the read word as it was seen last, or as it is, then transit */
#ifdef MISTAKE_QUIET_LOOKED_AT_FIRST
    later = foreignTakes || closed;
#endif
    d_step { used = held + (wr - floor) - withdrawn - heldUnread };
    used = used + transit;
    if
    :: !FITS(n) ->
#ifdef MISTAKE_TRANSIT_READ_FIRST
        used = transit;
        d_step { readIndex(); used = used + held + (wr - r) - withdrawn - heldUnread; r = 0 }
#else
        d_step { readIndex(); used = held + (wr - r) - withdrawn - heldUnread; r = 0 };
        used = used + transit
#endif
    :: else
    fi;
    d_step {
        last = 0;
        do
        :: last < n && FITS(last + 1) -> last++
        :: else -> break
        od;
        used = 0
    };
    /* ForeignTakers.quiet */
#ifndef MISTAKE_QUIET_LOOKED_AT_FIRST
    later = foreignTakes || closed;
#endif
    if
    :: !later && last <= SLOTS - (wr - floor) ->
        do
        :: k < last -> place(wr + k, NONE); k++
        :: else -> break
        od;
        if :: k > 0 -> showUpTo(wr + k); k = 0 :: else fi;
        outstanding();
        fit = n
    :: else
    fi;
    later = false; last = 0;
    release()
}

/* Ring.offer, Ring.tryToOffer: of n records */
inline offer(n) {
    if :: !seen -> offerAtOnce(n) :: else fi;
    if :: fit < n -> tell() :: else fi;
    do
    :: fit == n -> break
    :: else ->
        acquire();
        settleForeign();
        if :: !closed -> countUsed() :: else fi;
        d_step {
            last = fit;
            do
            :: !closed && last < n && FITS(last - fit + 1) -> last++
            :: else -> break
            od;
            used = 0
        };
        do
        :: fit < last ->
            if
            :: wr + k - floor >= SLOTS ->
                if :: k > 0 -> showUpTo(wr + k); k = 0 :: else fi;
                makeRoom()
            :: else
            fi;
#ifdef MISTAKE_ONLY_THE_FIRST_SLOT
            if :: k == 0 -> makeRoomForeign(NONE, wr + k) :: else fi;
#else
            makeRoomForeign(NONE, wr + k);
#endif
            if :: later -> break :: else fi;
            place(wr + k, NONE);
            k++; fit++
        :: else -> break
        od;
        if :: k > 0 -> showUpTo(wr + k); k = 0 :: else fi;
        outstanding();
        release();
        if
        :: later -> later = false; awaitRoom()
        :: else -> break
        fi
    od;
    fit = 0; last = 0
}

inline outstanding() {
    /* what was promised is there, and no more was promised than is to be had */
    d_step {
        i = rd; used = held;
        do
        :: i < wr -> if :: src[i % SLOTS] == NONE || src[i % SLOTS] == A_ONE -> used++ :: else fi; i++
        :: else -> break
        od;
        assert(used <= LIMIT);
        i = 0; used = 0
    }
}

/* Ring.unread, Ring.exactlyUnread, ForeignTakers.skipped: who is told of a record is not told of fewer than there are, unless a taker is on its
   way, who looks again */
inline announced() {
    d_step {
        if
        :: transit == 0 && !closed ->
            used = wr - rd - withdrawn;
#ifndef MISTAKE_PASSED_STILL_WITHDRAWN
            i = settledTo;
            if :: wr - i > SLOTS -> i = wr - SLOTS :: else fi;
            do
            :: foreignTakes && i < rd -> if :: src[i % SLOTS] == WITHDRAWN -> used++ :: else fi; i++
            :: else -> break
            od;
#endif
            i = rd;
            do
            :: i < wr -> if :: !tomb[i % SLOTS] -> used-- :: else fi; i++
            :: else -> break
            od;
            assert(used >= 0)
        :: else
        fi;
        i = 0; used = 0
    }
}

/* Ring.post, Ring.tryToPost */
inline post(source) {
    do
    :: acquire();
        if :: !closed -> makeRoom() :: else fi;
        makeRoomForeign(source, wr);
        if
        :: later -> later = false; release(); awaitRoom()
        :: else -> break
        fi
    od;
    if
    :: closed ->
        release();
        told = ABANDONED
    :: else ->
        publish(source);
        d_step { if :: source == A_TIMER -> heldUnread++ :: else -> held-- fi };
        outstanding();
        release();
        announced();
        told = NONE
    fi
}

/* Ring.withdraw, RingSlots.withdraw: of the timer */
inline withdraw() {
    acquire();
    if
    :: closed || position[A_TIMER] == NOWHERE
    :: else ->
        n = position[A_TIMER];
        setBusy();
        if
        :: wr - n > wr - r ->
#ifdef MISTAKE_BUSY_STAYS
            skip
#else
            clearBusy(r)                            /* taken: its taker settles it */
#endif
        :: else ->
            d_step {
                fate[first[n % SLOTS]] = TAKEN_BACK;
                position[A_TIMER] = NOWHERE; unsettled[A_TIMER]--;
                tomb[n % SLOTS] = true
            };
            d_step {
                src[n % SLOTS] = WITHDRAWN;
#ifndef MISTAKE_TOMBSTONE_NOT_COUNTED
                withdrawn++;
#endif
                do
                :: r < wr && src[r % SLOTS] == WITHDRAWN -> src[r % SLOTS] = NONE; r++; withdrawn--
                :: else -> break
                od;
                heldUnread--
            };
            clearBusy(r)
        fi;
        n = 0
    fi;
    release()
}

/* a thread that posts what has no source: Queue.offer, Queue.offerAll */
proctype Poster() {
    byte left = OFFERS, r, i, j, k, s, told, copy, fit, last;
    short used;
    bool open, later;
    do
    :: left >= BATCH -> offer(BATCH); left = left - BATCH
    :: else -> break
    od;
    running--
}

/* a thread that uses a one-shot source again and again: AioSubmission.start, AioRequest.end */
proctype Requester() {
    byte left = ONES, r, i, j, s, told, copy;
    short used;
    bool open, later, fits;
    do
    :: left > 0 && !oneBusy ->
        left--;
        /* Ring.reserve */
        tell();
        acquire();
        settleForeign();
        if :: !closed -> countUsed() :: else fi;
        d_step { fits = !closed && FITS(1); used = 0 };
        if
        :: fits -> held++; outstanding()
        :: else
        fi;
        release();
        if
        :: fits -> oneBusy = true; post(A_ONE); if :: told == ABANDONED -> abandoned() :: else fi
        :: else
        fi;
        told = NONE
    :: left > 0 && oneBusy && running == 1 -> break          /* nobody is left to take it */
    :: left == 0 -> break
    od;
    running--
}

/* whoever drives the deadlines, and whoever sets the timer: both under the lock of the deadlines */
proctype Timer() {
    byte left = TIMER, r, i, j, n, s, told, copy;
    short used;
    bool open, later;
    do
    :: left > 0 ->
        left--;
        acquireDeadlines();
        if
        :: armed && !unread ->
            /* HeapClockwork.due, ClockTimer.expire */
            armed = false;
            post(A_TIMER);
            unread = true;
            told = NONE
        :: true ->
            /* ClockTimer.set, ClockTimer.takeBack */
            if
            :: unread -> unread = false; withdraw()
            :: else
            fi;
            setting++;
            armed = true
        fi;
        releaseDeadlines()
    :: left == 0 -> break
    od;
    running--
}

/* the driver: WaitRoom.drive */
proctype Drives() {
    byte left = DRIVES, r, i, s, told, copy;
    do
    :: left > 0 -> left--; tell()
    :: left == 0 -> break
    od;
    running--
}

/* Takers.take, Takers.settle */
proctype Taker() {
    byte r, e, w, copy, copy2, s;
    bool b, won, mine;
again:
    atomic { r = rd; e = epoch; b = busy };
    if :: closed -> goto out :: else fi;
    if
    :: b ->
        /* Takers.waitWhileBusy */
        if
        :: !lock -> if :: busy && rd == r && epoch == e -> assert(lock) :: else fi
        :: lock
        fi;
        (!busy);
        goto again
    :: else
    fi;
    w = wr;
    if
    :: w == r -> goto none
    :: w - r > SLOTS && w > r -> assert(!(rd == r && epoch == e && !busy)); goto again
    :: else
    fi;
    copy = first[r % SLOTS];
    copy2 = second[r % SLOTS];
    s = src[r % SLOTS];
#ifndef MISTAKE_TRANSIT_LATE
    if
    :: s != NONE ->
        transit++;
        if :: closed -> transit--; goto out :: else fi
    :: else
    fi;
#endif
    atomic {
        won = rd == r && epoch == e && !busy;
        if
        :: won ->
            rd = r + 1;
            /* one without a source that finds the page given back lets go of it, see below */
            if :: s != WITHDRAWN && !(s == NONE && closed) -> assert(copy == copy2 && fate[copy] == UNREAD && kind[copy] == s); fate[copy] = CLAIMED :: else fi
        :: else
        fi
    };
#ifdef MISTAKE_TRANSIT_LATE
    if :: s != NONE -> transit++ :: else fi;
#endif
    if
    :: s == NONE -> if :: won && fate[copy] == CLAIMED -> fate[copy] = (closed -> ABANDONED : TAKEN) :: else fi; goto again
    :: s != NONE && !won -> transit--; goto again
    :: else
    fi;
    mine = (s == A_ONE || s == A_TIMER);
    assert(!mine || unsettled[s] > 0);
    if
    :: s == A_ONE ->
        unsettled[s]--;
        position[s] = NOWHERE;
        transit--
    :: else ->
#ifdef MISTAKE_SETTLED_AFTER_TRANSIT
        transit--;
        acquire();
#else
        acquire();
#endif
        d_step {
            if
            :: s == A_TIMER -> settle(s, r)
            :: else ->
                /* RingSlots.forgetWithdrawn */
#ifndef MISTAKE_TOMBSTONE_NOT_COUNTED
                withdrawn--;
#endif
                if :: wr - r <= SLOTS -> src[r % SLOTS] = NONE :: else fi
            fi;
#ifndef MISTAKE_SETTLED_AFTER_TRANSIT
            transit--
#endif
        };
        release()
    fi;
    if
    :: s == WITHDRAWN
    :: mine && closed -> fate[copy] = ABANDONED; if :: s == A_ONE -> abandoned() :: else fi
    :: s == A_ONE && !closed -> fate[copy] = TAKEN; oneBusy = false
    :: s == A_TIMER && !closed ->
        /* ClockTimer.taken */
        acquireDeadlines();
        d_step {
#ifdef MISTAKE_STALE_DELIVERED
            if :: unread ->
#else
            if :: unread && settingOf[copy] == setting ->
#endif
                assert(settingOf[copy] == setting);
                unread = false; armed = true; fate[copy] = TAKEN
            :: else ->
                assert(settingOf[copy] != setting);
                fate[copy] = DROPPED
            fi
        };
        releaseDeadlines()
    fi;
    mine = false; s = 0; copy = 0; copy2 = 0;
    goto again;
none:
    /* Takers.take was false: until there is more */
    if
    :: (wr > rd || closed) -> goto again
    :: (running == 0)
    fi;
out:
    takers--
}

/* MappedRing.take: in another process, which may be killed at any step */
proctype Elsewhere() {
    byte left = TAKES, r, e, w, copy, copy2, next;
    bool b, t, u, won, two;
    do
    :: left > 0 ->
        left--;
        atomic { r = rd; e = epoch; b = busy };
        if :: b -> (!busy); goto again :: else fi;
        w = wrThere;
        /* nothing, or less than nothing: the owner's takers take what is not shown here yet */
        if :: w <= r || w - r > SLOTS || magicGone -> goto again :: else fi;
#ifndef MISTAKE_FOREIGN_COUNTS_LATE
        foreignTakes = true;
#endif
        copy = first[r % SLOTS];
        copy2 = second[r % SLOTS];
        t = tomb[r % SLOTS];
#ifdef TOGETHER
        two = w - r >= 2;
        if :: two -> next = first[(r + 1) % SLOTS]; u = tomb[(r + 1) % SLOTS] :: else fi;
#endif
        if :: true -> break :: true fi;                         /* killed before it takes */
        atomic {
            won = rd == r && epoch == e && !busy;
            if
            :: won ->
                rd = (two -> r + 2 : r + 1);
                if
                :: !t -> assert(copy == copy2 && fate[copy] == UNREAD); fate[copy] = ELSEWHERE
                :: else
                fi;
                if
                :: two && !u -> assert(fate[next] == UNREAD); fate[next] = ELSEWHERE
                :: else
                fi
            :: else
            fi
        };
#ifdef MISTAKE_FOREIGN_COUNTS_LATE
        if :: true -> break :: true fi;                         /* killed after it took */
        foreignTakes = true;
#endif
again:  skip
    :: left == 0 -> break
    od;
    running--
}

/* Ring.close */
proctype Closer() {
    byte r, i, s, from, told, copy;
    acquire();
    /* RingSlots.takeAll */
    setBusy();
    from = r;
    clearBusy(wr);
    closed = true;
    release();
    r = 0;
#ifndef MISTAKE_END_DOES_NOT_WAIT
    (transit == 0);
#endif
    /* RingSlots.abandonAll */
    d_step {
        do
        :: from < wr ->
            if
            :: src[from % SLOTS] != WITHDRAWN ->
                assert(fate[first[from % SLOTS]] == UNREAD);
                fate[first[from % SLOTS]] = ABANDONED
            :: else
            fi;
            from++
        :: else -> break
        od
    };
    i = 0;
    do
    :: i < SLOTS ->
        d_step {
            s = src[i];
            if
            :: (s == A_ONE || s == A_TIMER) && position[s] != NOWHERE && position[s] % SLOTS == i ->
                position[s] = NOWHERE;
                if :: s == A_ONE -> assert(oneBusy); oneBusy = false :: else fi
            :: else
            fi;
            i++
        }
    :: i == SLOTS -> break
    od;
    /* ForeignTakers.abandon */
    do
    :: len(pending) > 0 -> pending?told, copy; if :: told == A_ONE -> abandoned() :: else fi
    :: len(pending) == 0 -> break
    od;
    /* RingMemory.clear: the magic, then the pages of the records */
    magicGone = true;
#ifdef MISTAKE_HEADER_GIVEN_BACK
    d_step { rd = 0; epoch = 0; wrThere = 0 };
#endif
    d_step { i = 0; s = 0; told = 0; copy = 0; from = 0 };
    running--
}

/* what is true when everybody has done what there was to do */
proctype End() {
    byte i, r, s, n, told, copy, t;
    (running == 0 && takers == 0);
    tell();
    d_step {
        assert(!busy && !lock && transit == 0);
        i = 0;
        do
        :: i < made ->
            assert(fate[i] != CLAIMED);
            /* no record is lost: one that nobody has got is in the ring */
            r = (closed -> wr : rd); n = 0;
            do
            :: r < wr -> if :: first[r % SLOTS] == i && !tomb[r % SLOTS] -> n++ :: else fi; r++
            :: else -> break
            od;
            assert((n == 1 && fate[i] == UNREAD) || (n == 0 && fate[i] != UNREAD));
            i++
        :: else -> break
        od;
        /* the counts are right, and a timer goes on or has its record in the ring */
        if
        :: !closed ->
            r = rd; s = 0; n = 0; t = 0;
            do
            :: r < wr -> if :: src[r % SLOTS] == WITHDRAWN -> n++ :: src[r % SLOTS] == A_TIMER -> s++ :: src[r % SLOTS] == A_ONE -> t++ :: else fi; r++
            :: else -> break
            od;
            assert(withdrawn == n && heldUnread == s && unsettled[A_TIMER] == s && unsettled[A_ONE] == t);
            assert((held > 0) == (TIMER > 0) && held <= 1);
            assert(TIMER == 0 || armed || unread && s == 1);
            assert(oneBusy == (t == 1))
        :: else
        fi
    }
}

init {
    byte i;
    atomic {
        armed = TIMER > 0;
        held = (TIMER > 0 -> 1 : 0);
        if :: OFFERS > 0 -> running++; run Poster() :: else fi;
        if :: ONES > 0 -> running++; run Requester() :: else fi;
        if :: TIMER > 0 -> running++; run Timer() :: else fi;
        if :: DRIVES > 0 -> running++; run Drives() :: else fi;
        if :: CLOSE > 0 -> running++; run Closer() :: else fi;
        do
        :: i < TAKERS -> run Taker(); i++
        :: else -> break
        od;
        i = 0;
        do
        :: i < FOREIGN -> running++; run Elsewhere(); i++
        :: else -> break
        od;
        run End()
    }
}
