/*
 * Waiting: a leader, followers, the driver; posts, completions, null wakes, interrupts, limits, a deadline that is armed, a timer's
 * record that another process takes, and the end of the queue.
 *
 * check.sh runs it with the sizes of src/docs/models.md:
 *
 *   WAITERS   threads that each want one record          POSTS      records that are posted by others
 *   VIRTUAL   the last of them are virtual threads       SUBMITS    requests: their completions become records
 *   REQUEST   1: the first waits for a request instead   NULLS      null wakes
 *   REQUIRED  records that a wait needs                  INTERRUPTS waiters, from the first, that are interrupted
 *   LIMITS    waiters, from the first, with a limit      ALARMS     waiters, from the first, with a limit on another clock
 *   ARMS      1: a timer is armed, with a record         ELSEWHERE  1: another process takes the timer's record
 *   DESTROY   1: the queue is destroyed                   DRIVEN     1: the driver is there
 *   HANDED    1: requests are submitted by the driver
 *
 * A waiter ends when it has a record, was interrupted, its limit was reached or the queue was destroyed. When nothing moves any more
 * (End) nobody sleeps who has a reason not to, and nothing is left lying about that somebody has to see to.
 *
 * A comment before a step names the method whose step it is. Memory is sequentially consistent. Which of several followers is woken
 * or leads next is left open. MISTAKE_* plants a mistake.
 */
#ifndef WAITERS
#define WAITERS 2
#endif
#ifndef VIRTUAL
#define VIRTUAL 0
#endif
#ifndef REQUEST
#define REQUEST 0
#endif
#ifndef REQUIRED
#define REQUIRED 1
#endif
#ifndef POSTS
#define POSTS 0
#endif
#ifndef SUBMITS
#define SUBMITS 0
#endif
#ifndef NULLS
#define NULLS 0
#endif
#ifndef INTERRUPTS
#define INTERRUPTS 0
#endif
#ifndef LIMITS
#define LIMITS 0
#endif
#ifndef ALARMS
#define ALARMS 0
#endif
#ifndef ARMS
#define ARMS 0
#endif
#ifndef ELSEWHERE
#define ELSEWHERE 0
#endif
#ifndef DESTROY
#define DESTROY 0
#endif
#ifndef HANDED
#define HANDED 0
#endif
#ifndef DRIVEN
#define DRIVEN 0
#endif

#define W WAITERS
#define NOBODY 100
#define THE_DRIVER 50
#define OTHER 51                /* 51 and more: posters and the like, each with a number of its own */

/* Waiter.told */
#define NOTHING 0
#define LEAD 1
#define WOKEN 2

/* answers; STAY is none */
#define OK 0
#define LATE 2
#define INTR 3
#define GONE 4
#define STAY 5

/* Ring: the state and the records, the timer's among them */
byte state, unread;
bool dead;
bool timersRecord, tookElsewhere;

/* Engine: completions to reap, a wake among them; operations in flight; who has the reaping right */
byte completions, inFlight, kernels;
bool nop;
byte reaper = NOBODY;

/* WaitRoom */
byte room = NOBODY;
byte waiting, woken, followers;
byte leader = NOBODY;
bool linked[W];

/* Waiter */
byte told[W];
bool sleepsIn[W], hook[W], permit[W], interrupted[W], expired[W], late[W], nullWake[W];

/* Deadlines, Sleeper */
bool deadlines;
bool armed, due;
bool longSleep[2];              /* the leader, the driver: it sleeps, and beyond the deadline */
bool isLate[2];

/* Driver.Attendance */
bool attended, sent, errand;
byte handed;                    /* requests that the driver is to submit */

/* the request that the first waits for */
bool requestDone;

/* for the assertions */
byte owed;                      /* null wakes that chose somebody and have got nobody out yet */
bool ended[W];

#define isVirtual(i) ((i) >= W - VIRTUAL)
#define forRecords(i) (!REQUEST || (i) > 0)

inline lockRoom(me) { atomic { room == NOBODY -> room = me } }
inline unlockRoom() { room = NOBODY }

/* Driver.Attendance.call */
inline callDriver() {
#if DRIVEN
    attended = true;
    atomic { if :: !sent -> sent = true; errand = true :: else fi }
#else
    skip
#endif
}

/* Driver.Attendance.needed */
inline driverNeeded() {
#if DRIVEN
    if :: !attended -> callDriver() :: else fi
#else
    skip
#endif
}

/* Submitter.submit */
inline submit() {
#ifdef MISTAKE_DRIVER_CALLED_BEFORE
    driverNeeded();
    atomic { inFlight++; kernels++ }
#else
    atomic { inFlight++; kernels++ };
    driverNeeded()
#endif
}

/* Waiter.nudge: told was written before */
inline nudge(w) {
    if
    :: sleepsIn[w] -> nop = true
    :: else -> permit[w] = true
    fi
}

#define sleepsForRecords(i) (linked[i] && forRecords(i) && told[i] != WOKEN)

/* WaitRoom.tellOne: the leader if it posts; else a follower; else the leader */
inline tellOne(me, null) {
    atomic {
        c = NOBODY;
        if
        :: leader != NOBODY && leader == me && sleepsForRecords(me) -> c = me
        :: else ->
            k = 0;
            do
            :: k < W && k != leader && sleepsForRecords(k) -> c = k; break
            :: k < W -> k++
            :: k >= W -> break
            od;
            if
            :: c == NOBODY ->
                /* each was passed over: the last of those that sleep, the leader if there is no other */
                k = 0;
                do
                :: k < W && sleepsForRecords(k) -> if :: k != leader || c == NOBODY -> c = k :: else fi; k++
                :: k < W && !sleepsForRecords(k) -> k++
                :: k >= W -> break
                od
            :: else
            fi
        fi;
        k = 0;
        if
        :: c != NOBODY -> woken++; nullWake[c] = null; if :: null -> owed++ :: else fi; told[c] = WOKEN
        :: else
        fi;
        whom = c;
        c = 0
    }
}

/* Waiter.nudgeIfAny: the one that was told last, when the room's lock was released */
inline nudgeTold() {
#ifndef MISTAKE_TOLD_NOT_NUDGED
    if
    :: whom != NOBODY -> nudge(whom)
    :: else
    fi;
#endif
    whom = NOBODY
}

/* WaitRoom.wake, WaitRoom.oneMore: for records, under the lock */
inline tellFor(me, events) {
    n = 0;
    do
    :: n < events && waiting > woken && unread >= REQUIRED * (woken + 1) -> nudgeTold(); tellOne(me, false); n++
    :: !(n < events && waiting > woken && unread >= REQUIRED * (woken + 1)) -> break
    od;
    n = 0
}

/* WaitRoom.posted, Wakeups.announce: behind the full fence */
inline posted(me, events) {
    if
    :: waiting == 0
    :: else -> lockRoom(me); tellFor(me, events); unlockRoom(); nudgeTold()
    fi
}

/* WaitRoom.handOver: under the room's lock */
inline handOver() {
    atomic {
        c = NOBODY; k = 0; virtuals = false;
        do
        :: k < W && linked[k] && told[k] == NOTHING && !isVirtual(k) -> c = k; break
        :: k < W && linked[k] && told[k] == NOTHING && isVirtual(k) -> virtuals = true; k++
        :: k < W && !(linked[k] && told[k] == NOTHING) -> k++
        :: k >= W -> break
        od;
        k = 0
    };
#ifdef MISTAKE_LEAD_NOT_HANDED_ON
    c = 0
#else
    if
    :: c != NOBODY ->
        /* WaitRoom.makeLeader, Waiter.lead: told may have become WOKEN meanwhile */
        followers--;
        leader = c;
        atomic { if :: told[c] == NOTHING -> told[c] = LEAD :: else -> c = NOBODY fi };
        if :: c != NOBODY -> nudge(c) :: else fi
    :: c == NOBODY && virtuals -> callDriver()
    :: c == NOBODY && !virtuals -> last = true
    fi;
    c = 0; virtuals = false
#endif
}

/* WaitRoom.leave */
inline leave(me) {
    lockRoom(me);
    linked[me] = false;
    if
    :: leader == me -> leader = NOBODY; handOver()
    :: else -> followers--
    fi;
    if :: told[me] == WOKEN && rc == LATE -> rc = OK :: else fi;
    if
    :: forRecords(me) ->
        waiting--;
        if
        :: told[me] == WOKEN ->
            woken--;
            if :: nullWake[me] -> owed-- :: else fi;
            if
            :: rc == OK
#ifdef MISTAKE_WAKE_NOT_PASSED_ON
            :: rc != OK && !nullWake[me]
#else
            :: rc != OK && !nullWake[me] -> tellFor(me, 1)
#endif
#ifdef MISTAKE_NULL_WAKE_FOR_RECORDS
            :: rc != OK && nullWake[me] ->
                do
                :: k < W && sleepsForRecords(k) -> owed++; break
                :: k < W && !sleepsForRecords(k) -> k++
                :: k >= W -> break
                od;
                tellFor(me, 1)
#else
            :: rc != OK && nullWake[me] -> tellOne(me, true)
#endif
            fi
        :: else
        fi;
        nullWake[me] = false
    :: else
    fi;
    told[me] = NOTHING; c = 0; k = 0;
#ifdef MISTAKE_INTERRUPT_SWALLOWED
    if :: dead -> rc = GONE :: else fi;
#else
    if :: dead && rc != INTR -> rc = GONE :: else fi;
#endif
    unlockRoom();
    nudgeTold();
    /* outside the room's lock: Deadlines.any, Ring.keepsUnread */
    if
    :: last ->
        last = inFlight > 0;
        if :: !last -> last = armed :: else fi;
#ifndef MISTAKE_UNREAD_NOT_LOOKED_AFTER
        if :: !last -> last = timersRecord :: else fi;
#endif
        if :: last -> driverNeeded(); last = false :: else fi
    :: else
    fi
}

/* WaitRoom.reasonToLeave */
inline reasonToLeave(me) {
    rc = STAY;
    if
    :: dead -> rc = GONE
    :: else ->
        if
        :: atomic { interrupted[me] -> interrupted[me] = false; rc = INTR; cleared = true }
        :: else ->
            if
            :: told[me] == WOKEN -> rc = OK
            :: else -> if :: expired[me] || late[me] -> rc = LATE :: else fi
            fi
        fi
    fi
}

/* Engine.reap, Engine.handleBatch, Wakeups.ended: with the reaping right */
inline handleBatch(me) {
    atomic { nop = false; batch = completions; completions = 0; inFlight = inFlight - batch };
    if
    :: batch > 0 ->
        if
        :: REQUEST ->
            /* Request.completed tells the one that waits for it, without the room's lock: Waiter.wake */
            requestDone = true;
            told[0] = WOKEN;
            nudge(0)
        :: else ->
            unread = unread + batch;
            state = state + batch;
            posted(me, batch)
        fi;
        batch = 0
    :: else
    fi
}

/* Engine.reap by one that does not lead */
inline reap(me) {
    if
    :: completions > 0 || nop ->
        atomic { mine = reaper == NOBODY; if :: mine -> reaper = me :: else fi };
        if
        :: mine -> handleBatch(me); reaper = NOBODY; mine = false
        :: else
        fi
    :: else
    fi
}

/* Deadlines.wakeSleepers, Deadlines.wakeLate; a sleeper's own is told by its asking again */
inline wakeLate() {
    if :: atomic { isLate[0] -> isLate[0] = false }; nop = true :: else fi;
    if :: atomic { isLate[1] -> isLate[1] = false }; callDriver() :: else fi
}

/* ForeignTakers.tell and ClockTimer.takenElsewhere */
inline tell() {
    if
    :: tookElsewhere ->
        tookElsewhere = false; timersRecord = false;
        arm()
    :: else
    fi
}

/* Deadlines.arm, Deadlines.lateBeyond, then Driver.Attendance.needed: a timer, for later */
inline arm() {
    atomic {
        !deadlines -> armed = true; due = false;
        if :: longSleep[0] -> longSleep[0] = false; isLate[0] = true :: else fi;
        if :: longSleep[1] -> longSleep[1] = false; isLate[1] = true :: else fi
    };
    driverNeeded();
    wakeLate()
}

/* Deadlines.fire, Deadlines.fireLocked: the timer posts */
inline fireLocked(me) {
    if
    :: armed && due ->
        armed = false; due = false;
        timersRecord = true;
        unread++;
        state++;
        posted(me, 1)
    :: else
    fi
}

inline fire(me) {
    if
    :: armed && due ->
        atomic { !deadlines -> deadlines = true };
        fireLocked(me);
        deadlines = false;
        driverNeeded();
        wakeLate()
    :: else
    fi
}

/* Deadlines.goToSleep, Deadlines.publish */
inline goToSleep(me, which) {
    atomic { !deadlines -> deadlines = true };
    fireLocked(me);
    longSleep[which] = !armed; isLate[which] = false;
    deadlines = false
}

/* WaitRoom.drive */
inline drive(me) {
    reap(me);
    tell();
    fire(me)
}

/* a record for one that waits: Queue.take; the timer's is taken like any other, and goes on: ClockTimer.taken */
inline take(me) {
    atomic {
        if
        :: unread > 0 ->
            unread--; got = true;
            if :: timersRecord && !tookElsewhere && unread == 0 -> timersRecord = false :: else fi
        :: else
        fi
    };
    if
    :: got -> posted(me, 1)         /* Queue.leftBehind */
    :: else
    fi
}

/* KeventQueue.await, Queue.await, WaitRoom.sleep; or Queue.awaitWake for a request */
proctype Waiter(byte me) {
    byte seen, rc, c, k, n, batch, whom = NOBODY;
    bool virtuals, got, mine, cleared, leads, last;

look:
    rc = STAY; cleared = false;
    if
    :: !forRecords(me) ->
        /* Waiter.renew, then the look at what is waited for */
        told[me] = NOTHING;
        if :: requestDone -> goto out :: else fi
    :: else ->
        seen = state;
        take(me);
        if :: got -> goto out :: else fi;
        drive(me);
        take(me);
        if :: got -> goto out :: else fi;
        if :: dead -> goto out :: else fi;
        if :: state != seen -> goto look :: else fi
    fi;

    /* WaitRoom.enter */
    lockRoom(me);
#ifdef MISTAKE_NO_LOOK_BEFORE_SLEEP
    if :: forRecords(me) -> waiting++ :: else fi;
#else
    if
    :: forRecords(me) ->
        waiting++;
        if :: state != seen -> waiting--; unlockRoom(); goto look :: else fi
    :: else
    fi;
#endif
    if
    :: dead -> if :: forRecords(me) -> waiting-- :: else fi; unlockRoom(); goto out
    :: else
    fi;
    linked[me] = true;
    if
    :: leader == NOBODY && !isVirtual(me) ->
        leader = me;
        atomic { if :: told[me] == NOTHING -> told[me] = LEAD :: else fi }
    :: else ->
        followers++;
        if :: leader == NOBODY -> callDriver() :: else fi
    fi;
    unlockRoom();

choose:
    if
    :: told[me] == LEAD -> goto lead
    :: else
    fi;

    /* WaitRoom.follow */
    do
    :: reasonToLeave(me);
        if
        :: rc != STAY -> goto leaves
        :: else
        fi;
        if
        :: told[me] == LEAD -> goto choose
        :: else
        fi;
        /* LockSupport.park */
endParked:
        if
        :: atomic { permit[me] -> permit[me] = false }
        :: late[me]
        fi
    od;

lead:
    /* WaitRoom.lead: Engine.tryLead */
#ifdef MISTAKE_LEAD_WAITS_FOR_THE_END
    atomic { reaper == NOBODY -> reaper = me };
#else
    do
    :: atomic { reaper == NOBODY -> reaper = me }; break
    :: reaper != NOBODY ->
        /* after a while */
        reasonToLeave(me);
        if :: rc != STAY -> goto leaves :: else fi
    od;
#endif
    /* WaitRoom.lookAround: drives for a moment, or not at all */
    if
    :: handleBatch(me); fire(me)
    :: true
    fi;
    do
    :: goToSleep(me, 0);
        reasonToLeave(me);
        if
        :: rc != STAY -> break
        :: else
        fi;
        /* Waiter.enter: the engine is named before the hook is set and told is looked at again */
        sleepsIn[me] = true;
        hook[me] = true;
        if :: interrupted[me] -> nop = true :: else fi;
#ifdef MISTAKE_NO_LOOK_AFTER_NAMING
        leads = true;
#else
        leads = told[me] == LEAD && !expired[me];
        leads = leads && !dead;
#endif
        if
        :: leads ->
            /* Engine.sleep: until a completion, a wake, the limit, the deadline that it knows of; a while if ForeignTakers.lookAgain */
endAsleep:
            if
            :: completions > 0 || nop
            :: late[me]
            :: armed && due && !longSleep[0]
            :: timersRecord
            fi;
            leads = false
        :: else
        fi;
        /* Waiter.leave */
        hook[me] = false;
        sleepsIn[me] = false;
        longSleep[0] = false;
        handleBatch(me);
        tell()
    od;
    reaper = NOBODY;
    longSleep[0] = false;

leaves:
    leave(me);
    assert(!cleared || rc == INTR);
    if
    :: rc == OK -> goto look
    :: rc == LATE && forRecords(me) -> take(me)
    :: else
    fi;

out:
    ended[me] = true
}

/* Queue.offer, Queue.post: RingSlots.moveState before the look at the waiters */
proctype Poster() {
    byte left = POSTS, c, k, n, whom = NOBODY;
    bool wait;
    do
    :: left > 0 ->
        left--;
        unread++;
#ifdef MISTAKE_NO_FENCE
        wait = waiting > 0;
        state++;
        if :: wait -> posted(OTHER, 1) :: else fi
#else
        state++;
        posted(OTHER, 1)
#endif
    :: left == 0 -> break
    od
}

/* Submitter.arm; or Request.armInDriver, Driver.send */
proctype Submits() {
    byte left = SUBMITS;
    do
    :: left > 0 ->
        left--;
        if :: dead -> break :: else fi;
#if HANDED
        handed++
#else
        submit()
#endif
    :: left == 0 -> break
    od
}

/* the kernel completes what it was given */
proctype Kernel() {
end:
    do
    :: atomic { kernels > 0 -> kernels--; completions++ }
    od
}

/* Queue.wake, WaitRoom.wake */
proctype NullWaker() {
    byte left = NULLS, c, k, whom = NOBODY;
    do
    :: left > 0 ->
        left--;
        state++;
        lockRoom(OTHER + 1);
        if :: waiting > woken -> tellOne(OTHER + 1, true) :: else fi;
        unlockRoom();
        nudgeTold()
    :: left == 0 -> break
    od
}

/* Thread.interrupt: the status, then the hook (Waiter.wakeup), then unpark */
proctype Interrupter() {
    byte i;
    do
    :: i < INTERRUPTS ->
        interrupted[i] = true;
        if :: hook[i] -> nudge(i) :: else fi;
        permit[i] = true;
        i++
    :: else -> break
    od
}

/* time: limits are reached; alarms go off (Waiter.alarm) */
proctype Time() {
    byte i;
    do
    :: i < LIMITS -> late[i] = true; i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < ALARMS -> expired[i] = true; nudge(i); i++
    :: else -> break
    od
}

/* a timer is set; its time comes */
proctype Sets() {
    arm()
}

proctype Clock() {
end:
    do
    :: armed && !due -> due = true
    od
}

/* MappedRing.take */
proctype TakesElsewhere() {
end:
    atomic { timersRecord && unread > 0 -> unread--; tookElsewhere = true }
}

/* Closing.destroy, Members.leave, WaitRoom.wakeAll, Closing.drain */
proctype Destroyer() {
    byte k, c, n, batch;
    dead = true;
    callDriver();
    lockRoom(OTHER + 2);
    k = 0;
    do
#ifdef MISTAKE_DESTROY_FORGETS_THE_LEADER
    :: k < W && k == leader -> k++
    :: k < W && k != leader && linked[k] && told[k] != WOKEN ->
#else
    :: k < W && linked[k] && told[k] != WOKEN ->
#endif
        if :: forRecords(k) -> woken++ :: else fi; told[k] = WOKEN; nudge(k); k++
    :: k < W && !(linked[k] && told[k] != WOKEN) -> k++
    :: k >= W -> break
    od;
    unlockRoom();
    /* it has the right for good: some request never ends */
    atomic { reaper == NOBODY -> reaper = OTHER + 2 }
}

/* Driver.turn, Upkeep.attend */
proctype Driver() {
    byte c, k, n, batch, whom = NOBODY;
    bool mine, watched, edge, looks, need;
end:
    do
    :: errand ->
        /* Driver.runErrands, Driver.Attendance.run */
        errand = false;
        sent = false;
        looks = true
    :: handed > 0 ->
        /* Request.run */
        handed--;
#ifdef MISTAKE_DRIVER_DOES_NOT_CALL_ITSELF
        atomic { inFlight++; kernels++ }
#else
        submit()
#endif
    :: looks || (watched && (completions > 0 || nop)) || (watched && armed && due && !longSleep[1]) || (watched && timersRecord) ->
        looks = false;
        if
        :: dead -> watched = false; attended = false
        :: else ->
            /* Upkeep.needed */
            need = inFlight > 0;
            if :: !need -> need = armed :: else fi;
            if :: !need -> need = leader == NOBODY && followers > 0 :: else fi;
            if :: !need -> need = timersRecord :: else fi;
            if
            :: leader != NOBODY || !need ->
                /* Upkeep.stepBack */
                watched = false; longSleep[1] = false;
                if
                :: looks = true                             /* looks again after a while */
                :: true ->
                    /* Upkeep.leaveUnlessNeeded */
#ifdef MISTAKE_DRIVER_LOOKS_BEFORE_IT_LEAVES
                    need = leader == NOBODY && (inFlight > 0 || armed || followers > 0 || timersRecord);
                    attended = false;
#else
                    attended = false;
                    need = leader == NOBODY;
                    need = need && (inFlight > 0 || armed || followers > 0 || timersRecord);
#endif
                    if
                    :: need -> callDriver(); looks = true
                    :: else
                    fi
                fi
            :: else ->
                if
                :: !(leader == NOBODY && followers > 0) -> watched = false; longSleep[1] = false; looks = true     /* callers drive */
                :: true ->
                    /* Upkeep.lead */
                    drive(THE_DRIVER);
                    goToSleep(THE_DRIVER, 1);
                    watched = true
                fi
            fi;
            need = false
        fi
    od
}

/* nothing moves any more */
proctype End() {
    byte i;
end:
    timeout ->
    d_step {
        i = 0;
        do
        :: i < W ->
            assert(linked[i] || ended[i]);
            assert(!(linked[i] && forRecords(i) && unread >= REQUIRED));
            assert(!(linked[i] && !forRecords(i) && requestDone));
            assert(!(linked[i] && dead));
            assert(!(linked[i] && interrupted[i]));
            assert(!(linked[i] && (late[i] || expired[i])));
            i++
        :: else -> break
        od;
        assert(room == NOBODY);
        assert(owed == 0);
        assert(dead || completions == 0);
        assert(dead || !(armed && due));
        assert(dead || !tookElsewhere)
    }
}

init {
    byte i;
    atomic {
        do
        :: i < W -> run Waiter(i); i++
        :: else -> break
        od;
        if :: POSTS > 0 -> run Poster() :: else fi;
        if :: SUBMITS > 0 -> run Submits(); run Kernel() :: else fi;
        if :: NULLS > 0 -> run NullWaker() :: else fi;
        if :: INTERRUPTS > 0 -> run Interrupter() :: else fi;
        if :: LIMITS + ALARMS > 0 -> run Time() :: else fi;
        if :: ARMS > 0 -> run Sets(); run Clock() :: else fi;
        if :: ELSEWHERE > 0 -> run TakesElsewhere() :: else fi;
        if :: DESTROY > 0 -> run Destroyer() :: else fi;
#if DRIVEN
        run Driver();
#endif
        run End()
    }
}
