package capabilities;

import org.sigkevent.KeventCapabilities;

/** Prints which engine runs here, why the other one does not, and what serves each kind of event. */
public final class Capabilities {
    private Capabilities() {}

    public static void main(String[] args) {
        System.out.println(KeventCapabilities.here());
    }
}
