package org.sigkevent.engine;

/** Numbers of the io_uring interface (linux/io_uring.h): flags, operations and the layout of its structs, offsets in bytes. */
final class UringLayout {
    // io_uring_setup
    static final int SETUP_CQSIZE = 1 << 3;
    static final int SETUP_CLAMP = 1 << 4;
    static final int SETUP_NO_SQARRAY = 1 << 16;
    /** FEAT_SINGLE_MMAP, FEAT_NODROP and FEAT_EXT_ARG. */
    static final int FEATURES_NEEDED = 1 | 1 << 1 | 1 << 8;

    static final int PARAMS_SIZE = 120;
    static final int PARAMS_SQ_ENTRIES = 0;
    static final int PARAMS_CQ_ENTRIES = 4;
    static final int PARAMS_FLAGS = 8;
    static final int PARAMS_FEATURES = 20;
    static final int SQ_OFF_HEAD = 40;
    static final int SQ_OFF_TAIL = 44;
    static final int SQ_OFF_FLAGS = 56;
    static final int SQ_OFF_ARRAY = 64;
    static final int CQ_OFF_HEAD = 80;
    static final int CQ_OFF_TAIL = 84;
    static final int CQ_OFF_CQES = 100;

    static final long OFF_SQ_RING = 0;
    static final long OFF_SQES = 0x10000000L;

    // the flags word of the submission ring
    static final int SQ_CQ_OVERFLOW = 2;

    // io_uring_enter
    static final int ENTER_GETEVENTS = 1;
    static final int ENTER_EXT_ARG = 1 << 3;

    // io_uring_register
    static final int REGISTER_FILES = 2;
    static final int REGISTER_FILES_UPDATE = 6;
    static final int REGISTER_PROBE = 8;
    static final int REGISTER_IOWQ_MAX_WORKERS = 19;

    // struct io_uring_sqe
    static final int SQE_FIXED_FILE = 1;
    static final int SQE_ASYNC = 1 << 4;
    static final int SQE_SIZE = 64;
    static final int SQE_OFF = 8;
    static final int SQE_ADDR = 16;
    static final int SQE_LEN = 24;
    static final int SQE_USER_DATA = 32;
    static final int SQE_BUF_INDEX = 40;
    static final int SQE_FILE_INDEX = 44;
    static final int SQE_ADDR3 = 48;
    static final int SQE_PAD = 56;

    // struct io_uring_cqe
    static final int CQE_SIZE = 16;
    static final int CQE_USER_DATA = 0;
    static final int CQE_RES = 8;
    static final int CQE_FLAGS = 12;
    static final int CQE_F_MORE = 2;

    static final int OP_ASYNC_CANCEL = 14;
    static final int POLL_ADD_MULTI = 1;
    static final int FUTEX2_SIZE_U32 = 2;

    // struct io_uring_probe: last_op 0, ops_len 1, then from 16 on struct { u8 op; u8 resv; u16 flags; u32 resv; }
    static final int PROBE_OPS = 64;
    static final int PROBE_SIZE = 16 + 8 * PROBE_OPS;
    static final int PROBE_SUPPORTED = 1;

    private UringLayout() {}
}
