package org.sigkevent;

/** The handlers of {@code <signal.h>} that are none. */
final class SpecialHandler implements SigHandler {
    static final SigHandler DEFAULT = new SpecialHandler("SIG_DFL");
    static final SigHandler IGNORE = new SpecialHandler("SIG_IGN");
    static final SigHandler ERROR = new SpecialHandler("SIG_ERR");

    private final String name;

    private SpecialHandler(String name) {
        this.name = name;
    }

    @Override
    public void handle(int signo) {
        throw new IllegalStateException(name + " is no handler");
    }

    @Override
    public String toString() {
        return name;
    }
}
