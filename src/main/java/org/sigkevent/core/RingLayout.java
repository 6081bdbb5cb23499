package org.sigkevent.core;

/**
 * Where everything stands in the memory of a ring: the ABI between this process and every other that maps the descriptor.
 * Little-endian, offsets in bytes from the start of the mapping.
 *
 * <pre>
 *    0  u32 magic "KEVR"     4  u32 version      8  u32 record size (64)   12  u32 slots (a power of two; twice the limit or more)
 *   16  u32 limit: the number given to kevent_init: events that can be outstanding at once
 *   20  u32 required: records that a wait needs                                           (written by the owner)
 *   64  u64 write index: records 0 .. write-1 have been published                      (written by the owner)
 *  128  u64 read word: 48-bit read index, 15-bit epoch, busy bit                       (owner and consumers)
 *  192  u32 ring state: a counter that moves with every event                          (written by the owner)
 *  256  u32 foreign waiters: consumers in other processes that sleep, or are about to   (written by consumers)
 *  264  u64 foreign takes: moved before each attempt to take from another process      (written by consumers)
 *  272  u32 foreign wakes: moved by one for each null wake that is asked of the owner     (written by consumers)
 *  276  u32 foreign futex: the word that consumers in other processes sleep on: moved by 1 by the
 *       owner when it wakes for records, by 65536 for null wakes                         (owner and consumers)
 *  280  u64 foreign returns: moved after each record that was put back                    (written by consumers)
 *  320  u64 overflow count                                                             (written by the owner)
 * 1024  48 places for records that are put back, 64 bytes each; in the place of the sequence
 *       0 free, 1 being filled, 2 filled                                                 (owner and consumers)
 * 4096  the records: slot i of index n is n modulo slots
 *
 * a record, 64 bytes, one cache line
 *  +0  s32 id              +4  s32 descriptor     +8  u64 cookie
 * +16  s64 result         +24  s32 error         +28  u32 flags
 * +32  u64 data[2]        +48  u64 time_ns       +56  u64 sequence
 *
 * the read word
 *  bit 63 busy | bits 62..48 epoch | bits 47..0 index
 * </pre>
 *
 * Fields that different sides write stand on cache lines of their own, in pairs of lines where processors fetch pairs.
 */
public final class RingLayout {
    // "KEVR" in memory order
    public static final int MAGIC = 0x5256_454b;
    public static final int VERSION = 2;

    public static final int MAGIC_AT = 0;
    public static final int VERSION_AT = 4;
    public static final int RECORD_SIZE_AT = 8;
    public static final int SLOTS_AT = 12;
    public static final int LIMIT_AT = 16;
    public static final int REQUIRED_AT = 20;
    public static final int WRITE_AT = 64;
    public static final int READ_AT = 128;
    public static final int STATE_AT = 192;
    public static final int FOREIGN_WAITERS_AT = 256;
    public static final int FOREIGN_TAKES_AT = 264;
    public static final int FOREIGN_WAKES_AT = 272;
    public static final int FOREIGN_FUTEX_AT = 276;
    public static final int FOREIGN_RETURNS_AT = 280;
    public static final int OVERFLOWS_AT = 320;
    public static final int RETURNS_AT = 1024;
    public static final int RECORDS_AT = 4096;

    public static final int RECORD_SIZE = 64;

    /** Words of eight bytes of a record. */
    static final int RECORD_WORDS = RECORD_SIZE >> 3;

    public static final int ID = 0;
    public static final int DESCRIPTOR = 4;
    public static final int COOKIE = 8;
    public static final int RESULT = 16;
    public static final int ERROR = 24;
    public static final int FLAGS = 28;
    public static final int DATA0 = 32;
    public static final int DATA1 = 40;
    public static final int TIME = 48;
    public static final int SEQUENCE = 56;

    /** Places for records that are put back. */
    static final int RETURNS = 48;

    /** What null wakes add to the foreign futex; below it stands how often the owner woke for records. */
    static final int NULL_WAKE = 1 << 16;

    static final long RETURN_FREE = 0;
    static final long RETURN_CLAIMED = 1;
    static final long RETURN_FILLED = 2;

    /** In a record's flags: it was taken once before and posted again. */
    public static final int KEVENT_REQUEUED = 1;
    /** In a message-queue record's flags: the registration was removed, no message arrived. */
    public static final int KEVENT_REMOVED = 2;
    /** In a record's flags: withdrawn; consumers skip it. */
    public static final int KEVENT_TOMBSTONE = 1 << 31;

    public static final int INDEX_BITS = 48;
    public static final long INDEX_MASK = (1L << INDEX_BITS) - 1;
    public static final long EPOCH_ONE = 1L << INDEX_BITS;
    public static final long EPOCH_MASK = 0x7fffL << INDEX_BITS;
    public static final long BUSY = 1L << 63;

    /** The largest number that kevent_init takes. */
    public static final int MAX_LIMIT = 10_000_000;

    /** A ring of more would not fit a mapping of less than 2 GiB. */
    static final int MAX_SLOTS = 1 << 24;

    private RingLayout() {}

    /**
     * Slots of a ring for {@code limit} outstanding events, a power of two: room for what is withdrawn, and for as many records again as
     * fit, which are taken and come back.
     */
    static int slots(int limit) {
        int least = Math.max(2 * limit, limit + limit / 4 + 16);
        return Math.min(MAX_SLOTS, Integer.highestOneBit(least - 1) << 1);
    }

    /** Bytes of a ring for {@code limit} outstanding events. */
    public static long size(int limit) {
        return RECORDS_AT + (long) slots(limit) * RECORD_SIZE;
    }

    /** The most outstanding events of a ring of at most {@code bytes}; 0 when that holds none. */
    public static int mostIn(long bytes) {
        int least = 0;
        int above = MAX_LIMIT + 1;
        while (above - least > 1) {
            int middle = (least + above) >>> 1;
            if (size(middle) <= bytes) {
                least = middle;
            } else {
                above = middle;
            }
        }
        return least;
    }
}
