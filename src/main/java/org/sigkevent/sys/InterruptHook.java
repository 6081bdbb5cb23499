package org.sigkevent.sys;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Something that is told when Thread.interrupt hits its thread between {@link #begin} and {@link #end}: {@link #wakeup} is called,
 * by the thread that interrupts. AbstractSelector is the public way to that; nothing of a selector works here.
 */
public abstract class InterruptHook extends AbstractSelector {
    protected InterruptHook() {
        super(null);
    }

    /** The thread was interrupted. */
    @Override
    public abstract Selector wakeup();

    @Override
    protected final void implCloseSelector() throws IOException {}

    @Override
    protected final SelectionKey register(AbstractSelectableChannel channel, int ops, Object attachment) {
        throw new IllegalStateException("not a selector to register with");
    }

    @Override
    public final Set<SelectionKey> keys() {
        return Set.of();
    }

    @Override
    public final Set<SelectionKey> selectedKeys() {
        return Set.of();
    }

    @Override
    public final int selectNow() {
        return 0;
    }

    @Override
    public final int select(long timeout) {
        return 0;
    }

    @Override
    public final int select() {
        return 0;
    }
}
