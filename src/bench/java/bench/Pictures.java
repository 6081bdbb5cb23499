package bench;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.block.RectangleConstraint;
import org.jfree.chart.plot.Plot;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.HorizontalAlignment;
import org.jfree.chart.ui.RectangleInsets;

/**
 * The figures drawn: a picture for each family, and one for the groups whose names have the same beginning up to a comma, one
 * below the other.
 */
final class Pictures {
    /** A file, and the groups that it shows. */
    static final class Picture {
        final String file;
        final String title;
        final List<String> groups = new ArrayList<>();

        /** Null where the groups are drawn as bars. */
        final Family family;

        Picture(String title, Family family) {
            this.title = title;
            this.family = family;
            file = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.]+", "-").replaceAll("^-|-$", "") + ".svg";
        }
    }

    /** What is drawn below what was drawn before. */
    private interface Part {
        void draw(Graphics2D graphics, double y);
    }

    private static final int WIDTH = 1000;
    private static final int MARGIN = 12;
    private static final Color RED = new Color(0xC00000);

    private final Table table;
    private final String machine;

    private final List<Part> parts = new ArrayList<>();
    private final List<Double> heights = new ArrayList<>();

    private Pictures(Table table) throws IOException {
        this.table = table;
        machine = Machine.text();
    }

    /** Which pictures there are: at most so many, if need be with more groups in each. */
    static List<Picture> of(Table table, Map<String, String> cases, int most) {
        List<Picture> some = of(table, group -> group.split(", ")[0]);
        return some.size() <= most ? some : of(table, cases::get);
    }

    private static List<Picture> of(Table table, UnaryOperator<String> together) {
        Map<String, Picture> all = new LinkedHashMap<>();
        List<Family> families = Family.of(table.groups());
        for (String group : table.groups()) {
            Family family = null;
            for (Family one : families) {
                family = one.groups.containsValue(group) ? one : family;
            }
            Family same = family;
            String title = family == null ? together.apply(group) : family.name;
            all.computeIfAbsent(title + (family == null ? "" : " lines"), key -> new Picture(title, same))
                    .groups
                    .add(group);
        }
        return List.copyOf(all.values());
    }

    static void write(Table table, List<Picture> pictures, Path folder) throws IOException {
        for (Picture picture : pictures) {
            new Pictures(table).write(picture, folder);
        }
    }

    private void write(Picture picture, Path folder) throws IOException {
        text(picture.groups.size() == 1 ? picture.groups.get(0) : picture.title, 17, Color.BLACK);
        if (picture.family != null) {
            lines(picture.family);
        } else {
            picture.groups.forEach(group -> bars(group, picture.groups.size() > 1));
        }
        for (Table.Failure failure : table.failures()) {
            if (picture.groups.contains(failure.group)) {
                text(
                        "Not measured: "
                                + (picture.groups.size() > 1 ? failure.group + ": " : "") + failure.subject + ": "
                                + failure.why,
                        11,
                        Color.BLACK);
            }
        }
        String disturbed = table.disturbed(picture.groups);
        if (!disturbed.isEmpty()) {
            text(disturbed, 12, RED);
        }
        text(
                "Values are medians of " + rounds(picture.groups)
                        + " rounds, whiskers reach from the least to the most. sigkevent is coloured. " + machine,
                10,
                Color.DARK_GRAY);
        double height = heights.stream().mapToDouble(Double::doubleValue).sum() + 2 * MARGIN;
        Svg.write(folder.resolve(picture.file), WIDTH, (int) Math.ceil(height), graphics -> {
            graphics.setPaint(Color.WHITE);
            graphics.fill(new Rectangle2D.Double(0, 0, WIDTH, height));
            double y = MARGIN;
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).draw(graphics, y);
                y += heights.get(i);
            }
        });
    }

    private String rounds(Collection<String> groups) {
        Set<Integer> counts = new HashSet<>();
        table.rows().stream().filter(row -> groups.contains(row.group)).forEach(row -> counts.add(row.values.size()));
        int least = counts.stream().mapToInt(Integer::intValue).min().orElse(0);
        int most = counts.stream().mapToInt(Integer::intValue).max().orElse(0);
        return least == most ? Integer.toString(most) : least + " to " + most;
    }

    private void add(double height, Part part) {
        parts.add(part);
        heights.add(height);
    }

    /** A paragraph, in as many lines as it needs. */
    private void text(String words, int size, Color color) {
        TextTitle text = new TextTitle(words, Svg.font(size));
        text.setPaint(color);
        text.setTextAlignment(HorizontalAlignment.LEFT);
        text.setHorizontalAlignment(HorizontalAlignment.LEFT);
        text.setPadding(new RectangleInsets(2, 0, 2, 0));
        int width = WIDTH - 2 * MARGIN;
        double height = text.arrange(Svg.measuring(), RectangleConstraint.NONE.toFixedWidth(width)).height;
        add(height, (graphics, y) -> text.draw(graphics, new Rectangle2D.Double(MARGIN, y, width, height)));
    }

    private void chart(Plot plot, Graphics2D graphics, double x, double y, double width, double height) {
        JFreeChart chart = new JFreeChart(null, null, plot, false);
        chart.setBackgroundPaint(Color.WHITE);
        chart.setPadding(new RectangleInsets(0, 0, 0, MARGIN));
        chart.draw(graphics, new Rectangle2D.Double(x, y, width, height));
    }

    private void bars(String group, boolean named) {
        Panels panels = new Panels(table.rows(group));
        if (panels.list.isEmpty()) {
            return;
        }
        if (named) {
            text(group, 13, Color.BLACK);
        }
        int bar = panels.bars() > 1 ? 13 * panels.bars() + 10 : 28;
        double height = 62 + bar * panels.subjects.size();
        add(height, (graphics, y) -> chart(Bars.plot(panels), graphics, 0, y, WIDTH, height));
    }

    private void lines(Family family) {
        Lines lines = new Lines(family, table);
        if (lines.units.isEmpty()) {
            return;
        }
        int columns = lines.units.size() == 1 ? 1 : 2;
        double height = columns == 1 ? 420 : 320;
        double width = (double) WIDTH / columns;
        for (int i = 0; i < lines.units.size(); i += columns) {
            List<String> row = lines.units.subList(i, Math.min(lines.units.size(), i + columns));
            add(height, (graphics, y) -> {
                for (int j = 0; j < row.size(); j++) {
                    chart(lines.plot(row.get(j)), graphics, j * width, y, width, height);
                }
            });
        }
        LegendTitle legend = new LegendTitle(lines.plot(lines.units.get(0)));
        legend.setItemFont(Svg.font(11));
        legend.setLegendItemGraphicPadding(new RectangleInsets(2, 14, 2, 4));
        RectangleConstraint fixed = RectangleConstraint.NONE.toFixedWidth(WIDTH - 2 * MARGIN);
        double legendHeight = legend.arrange(Svg.measuring(), fixed).height;
        add(
                legendHeight,
                (graphics, y) ->
                        legend.draw(graphics, new Rectangle2D.Double(MARGIN, y, WIDTH - 2 * MARGIN, legendHeight)));
    }
}
