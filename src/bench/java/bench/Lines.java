package bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jfree.chart.labels.ItemLabelAnchor;
import org.jfree.chart.labels.ItemLabelPosition;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.XYErrorRenderer;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;

/** The figures of a family as lines over its number, one for each subject, with whiskers from the least to the most of the rounds. */
final class Lines {
    private static final Shape[] MARKS = {
        new Ellipse2D.Double(-3.5, -3.5, 7, 7),
        new Rectangle2D.Double(-3, -3, 6, 6),
        polygon(0, -4.5, 4, 3, -4, 3),
        polygon(0, -4.5, 4.5, 0, 0, 4.5, -4.5, 0),
        polygon(-4, -3, 4, -3, 0, 4.5),
        polygon(-4, -1.5, 4, -1.5, 4, 1.5, -4, 1.5),
        polygon(-1.5, -4, 1.5, -4, 1.5, 4, -1.5, 4)
    };
    private static final int[] GREYS = {0x555555, 0x888888, 0xAAAAAA};
    private static final float[][] DASHES = {null, {7, 3}, {2, 3}, {9, 3, 2, 3}};

    private static final double FREE = 0.08;

    /** Lines need no 0: a larger ratio of the most to the least is drawn on a logarithmic axis. */
    private static final double WIDE = 10;

    private final String countOf;
    private final Map<Long, List<Row>> rows = new TreeMap<>();

    /** The best first, by the main figure of the largest number. */
    private final List<String> subjects;

    final List<String> units = new ArrayList<>();

    Lines(Family family, Table table) {
        countOf = family.name;
        List<Row> all = new ArrayList<>();
        family.groups.forEach((n, group) -> {
            List<Row> some = table.rows(group).stream()
                    .map(row -> row.called(Family.subject(row.subject, n)))
                    .collect(Collectors.toList());
            rows.put(n, some);
            all.addAll(some);
        });
        List<Row> last = List.of();
        for (List<Row> some : rows.values()) {
            last = some.isEmpty() ? last : some;
        }
        subjects = new ArrayList<>(new Panels(last).subjects);
        all.stream()
                .map(row -> row.subject)
                .filter(one -> !subjects.contains(one))
                .distinct()
                .forEach(subjects::add);
        for (Panels.Panel panel : new Panels(all).list) {
            units.add(panel.units.get(0));
            if (panel.units.size() > 1) {
                units.add(panel.units.get(panel.units.size() - 1));
            }
        }
    }

    /** How one unit depends on the number. */
    XYPlot plot(String unit) {
        YIntervalSeriesCollection values = new YIntervalSeriesCollection();
        XYErrorRenderer renderer = new XYErrorRenderer();
        renderer.setDrawXError(false);
        renderer.setCapLength(5);
        renderer.setErrorPaint(null);
        renderer.setDefaultLinesVisible(true);
        renderer.setLegendLine(new Line2D.Double(-18, 0, 18, 0));
        double least = Double.POSITIVE_INFINITY;
        double most = 0;
        int ours = 0;
        int others = 0;
        boolean labelled = false;
        for (int i = 0; i < subjects.size(); i++) {
            String subject = subjects.get(i);
            YIntervalSeries line = new YIntervalSeries(subject);
            for (Map.Entry<Long, List<Row>> some : rows.entrySet()) {
                for (Row row : some.getValue()) {
                    if (row.subject.equals(subject) && row.unit.equals(unit)) {
                        line.add(Math.max(1, some.getKey()), drawn(row.median()), drawn(row.min()), drawn(row.max()));
                        least = Math.min(least, row.min());
                        most = Math.max(most, row.max());
                    }
                }
            }
            values.addSeries(line);
            boolean our = subject.startsWith(Turns.NOW);
            int number = our ? ours++ / 2 : others++;
            renderer.setSeriesShape(i, our ? MARKS[number % 2] : MARKS[2 + number % (MARKS.length - 2)]);
            renderer.setSeriesPaint(i, our ? Axes.color(subject) : new Color(GREYS[number % GREYS.length]));
            renderer.setSeriesStroke(i, stroke(our ? 2.5f : 1.3f, our ? number : number / GREYS.length));
            if (our && !labelled && subject.contains("io_uring")) {
                labelled = true;
                renderer.setSeriesItemLabelsVisible(i, true);
                renderer.setSeriesPositiveItemLabelPosition(
                        i, new ItemLabelPosition(ItemLabelAnchor.OUTSIDE2, TextAnchor.BOTTOM_LEFT));
                renderer.setSeriesItemLabelFont(i, Svg.font(10));
                renderer.setSeriesItemLabelPaint(i, Axes.color(subject));
                renderer.setSeriesItemLabelGenerator(
                        i, (all, series, item) -> Units.text(all.getYValue(series, item), unit));
            }
        }
        String title = Units.isLatency(unit) ? "latency, " + Units.title(unit) : Units.title(unit);
        boolean logarithmic = Units.isLatency(unit) || most > WIDE * least;
        XYPlot plot = new XYPlot(
                values,
                Axes.counts(rows.keySet(), countOf),
                Axes.of(title, unit, least, most, logarithmic, FREE),
                renderer);
        plot.setBackgroundPaint(Color.WHITE);
        plot.setOutlineVisible(false);
        plot.setDomainGridlinePaint(Axes.GRID);
        plot.setRangeGridlinePaint(Axes.GRID);
        plot.setRangeGridlineStroke(new BasicStroke(1));
        plot.setDomainGridlineStroke(new BasicStroke(1));
        return plot;
    }

    /** A logarithmic axis has no 0. */
    private static double drawn(double value) {
        return Math.max(value, Axes.LEAST);
    }

    private static BasicStroke stroke(float width, int dash) {
        return new BasicStroke(
                width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, DASHES[dash % DASHES.length], 0);
    }

    private static Shape polygon(double... points) {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
            path.lineTo(points[i], points[i + 1]);
        }
        path.closePath();
        return path;
    }
}
