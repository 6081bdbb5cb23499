package bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.HorizontalBarChart;
import org.knowm.xchart.HorizontalBarChartBuilder;

/** The figures as bars: a picture for each group and unit, the subjects from top to bottom as in the table. */
final class Charts {
    private static final int WIDTH = 900;
    private static final int HEAD = 90;
    private static final int BAR = 36;

    private final Map<List<String>, List<Row>> pictures = new LinkedHashMap<>();

    /** A figure that is to be drawn; those without values are left out. */
    void add(Row row) {
        if (!row.values.isEmpty()) {
            pictures.computeIfAbsent(List.of(row.group, row.unit), key -> new ArrayList<>())
                    .add(row);
        }
    }

    void write(Path folder) throws IOException {
        for (Map.Entry<List<String>, List<Row>> picture : pictures.entrySet()) {
            List<Row> rows = picture.getValue();
            List<Double> values = new ArrayList<>();
            List<String> subjects = new ArrayList<>();
            for (Row row : rows) {
                values.add(row.median());
                subjects.add(row.subject);
            }
            String group = picture.getKey().get(0);
            String unit = picture.getKey().get(1);
            HorizontalBarChart chart = new HorizontalBarChartBuilder()
                    .width(WIDTH)
                    .height(HEAD + BAR * rows.size())
                    .title(group)
                    .xAxisTitle(unit)
                    .build();
            chart.getStyler().setLegendVisible(false).setChartBackgroundColor(Color.WHITE);
            chart.getStyler()
                    // a label for each bar; it counts those of this axis too
                    .setXAxisMaxLabelCount(2 * rows.size());
            chart.addSeries(unit, values, subjects);
            Path file = folder.resolve(name(group + " " + unit) + ".svg");
            ChartEncoder.saveChart(chart, file.toString(), "svg");
        }
    }

    private static String name(String words) {
        return words.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-");
    }
}
