package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;

/** One page in HTML with all pictures of a run, the tables folded below them. */
final class Page {
    private static final String STYLE = "body{font-family:sans-serif;max-width:1040px;margin:1em auto;padding:0 1em}"
            + "img{max-width:100%}table{border-collapse:collapse;font-size:12px}td,th{border:1px solid #ccc;padding:2px 6px}"
            + "td.n{text-align:right}pre{background:#f4f4f4;padding:.6em;white-space:pre-wrap}"
            + ".bad{color:#c00000;font-weight:bold}summary{cursor:pointer}";

    private final Table table;
    private final StringBuilder html = new StringBuilder();

    private Page(Table table) {
        this.table = table;
    }

    static void write(Table table, List<Pictures.Picture> pictures, String command, Path folder) throws IOException {
        Page page = new Page(table);
        page.head(command);
        for (Pictures.Picture picture : pictures) {
            page.picture(picture, Files.exists(folder.resolve(picture.file)));
        }
        Files.writeString(folder.resolve("index.html"), page.html.append("</body>\n</html>\n"));
    }

    private void head(String command) throws IOException {
        html.append(
                        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Benchmarks of sigkevent</title>\n")
                .append("<style>")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<h1>Benchmarks of sigkevent</h1>\n");
        element("p", Machine.text());
        if (!disturbed(table.groups())) {
            element("p", "The machine was quiet: between the rounds others used next to nothing of its processors.");
        }
        element("p", "To repeat it, with the JDK, Maven and, for the peers in C, cc:");
        element("pre", command);
        element(
                "p",
                "The rounds of all subjects of a case took turns. A figure is the median of its rounds; its range is from the"
                        + " least to the most of them. A ratio is of medians, its range of the ratios round by round;"
                        + " it is one to the first line of sigkevent in the same unit.");
        html.append(
                "<p>All figures: <a href=\"results.tsv\">results.tsv</a>, <a href=\"results.md\">results.md</a></p>\n");
    }

    private void picture(Pictures.Picture picture, boolean drawn) {
        element("h2", picture.title);
        if (drawn) {
            html.append("<p><a href=\"")
                    .append(picture.file)
                    .append("\"><img src=\"")
                    .append(picture.file)
                    .append("\" alt=\"")
                    .append(escaped(picture.title))
                    .append("\"></a></p>\n");
        }
        disturbed(picture.groups);
        for (String group : picture.groups) {
            for (Table.Failure failure : table.failures()) {
                if (failure.group.equals(group)) {
                    element("p", group + ", not measured: " + failure.subject + ": " + failure.why);
                }
            }
        }
        html.append("<details>\n<summary>Table</summary>\n<table>\n<tr>");
        table.columns().forEach(column -> cell("th", column));
        html.append("</tr>\n");
        for (String group : picture.groups) {
            for (List<String> line : table.lines(group)) {
                html.append("<tr>");
                for (String cell : line) {
                    cell(cell.matches("[-0-9.]+") ? "td class=\"n\"" : "td", cell);
                }
                html.append("</tr>\n");
            }
        }
        html.append("</table>\n</details>\n");
    }

    /** Says when figures of these groups mean little; whether they do. */
    private boolean disturbed(Collection<String> groups) {
        String words = table.disturbed(groups);
        if (!words.isEmpty()) {
            html.append("<p class=\"bad\">").append(escaped(words)).append("</p>\n");
        }
        return !words.isEmpty();
    }

    private void element(String name, String text) {
        cell(name, text);
        html.append('\n');
    }

    private void cell(String name, String text) {
        html.append('<')
                .append(name)
                .append('>')
                .append(escaped(text))
                .append("</")
                .append(name.split(" ")[0])
                .append('>');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
