package org.sigkevent.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A ticket is taken back once: that is what makes an operation complete once. */
@JCStressTest
@Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "the completion comes first")
@Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "the cancellation comes first")
@State
public class InFlightTableStress {
    private final InFlightTable tickets = new InFlightTable();
    private final Op op = new Op() {
        @Override
        protected void completed(int result, boolean more) {}
    };

    public InFlightTableStress() {
        tickets.add(op);
    }

    private int remove() {
        return tickets.remove(op.ticket) == op ? 1 : 0;
    }

    @Actor
    public void completion(II_Result r) {
        r.r1 = remove();
    }

    @Actor
    public void cancellation(II_Result r) {
        r.r2 = remove();
    }
}
