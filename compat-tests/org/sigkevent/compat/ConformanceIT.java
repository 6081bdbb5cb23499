package org.sigkevent.compat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The conformance table in the documentation is what the tests of this build say; it runs after all of them. */
@Tag("conformance")
class ConformanceIT {
    @Test
    void theTableInTheDocumentationIsCurrent() throws Exception {
        Path directory = Path.of("target", "conformance");
        Map<String, Map<String, ConformanceTable.Row>> results = ConformanceTable.read(directory);
        assertTrue(!results.isEmpty(), "no assertion was tested: run mvn verify");
        String made = ConformanceTable.document(results);
        Path now = Files.writeString(directory.resolve("conformance.md"), made);
        Path page = Path.of("src", "docs", "conformance.md");
        String kept = Files.exists(page) ? Files.readString(page) : "";
        List<String> differ = ConformanceTable.differences(kept, made);
        assertEquals(
                0,
                differ.size(),
                () -> page + " is not current; copy " + now + " there when it is right\n" + String.join("\n", differ));
    }
}
