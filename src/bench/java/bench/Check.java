package bench;

import org.sigkevent.Errno;

/** For calls that answer -1 and set errno. */
final class Check {
    private Check() {}

    static int ok(int answer) {
        if (answer < 0) {
            throw new IllegalStateException(Errno.message());
        }
        return answer;
    }
}
