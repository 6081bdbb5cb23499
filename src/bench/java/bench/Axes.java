package bench;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.text.FieldPosition;
import java.text.NumberFormat;
import java.text.ParsePosition;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;

/** Axes, and the colours of what they measure. */
final class Axes {
    /** A larger ratio of the most to the least is drawn on a logarithmic axis. */
    private static final double WIDE = 100;

    /** The least that is drawn. */
    static final double LEAST = 1e-3;

    private static final Color IO_URING = new Color(0x2E75B6);
    private static final Color EPOLL = new Color(0x9DC3E6);
    private static final Color OTHER = new Color(0xA6A6A6);
    static final Color GRID = new Color(0xDDDDDD);

    private Axes() {}

    /** Ours in two shades of a colour, one for each engine; all others grey. */
    static Color color(String subject) {
        return !subject.startsWith(Turns.NOW) ? OTHER : subject.contains("(epoll)") ? EPOLL : IO_URING;
    }

    static Color faded(Color color, double share) {
        return new Color(fade(color.getRed(), share), fade(color.getGreen(), share), fade(color.getBlue(), share));
    }

    private static int fade(int part, double share) {
        return (int) (part + (255 - part) * Math.min(share, 0.8));
    }

    /** Whether values lie so far apart that only a logarithmic axis shows them. */
    static boolean wide(double least, double most) {
        return most > WIDE * Math.max(least, LEAST);
    }

    /** An axis from 0, or from the power of ten below the least; a share of its length stays free behind the largest value. */
    static ValueAxis of(String title, String unit, double least, double most, boolean logarithmic, double free) {
        ValueAxis axis;
        if (logarithmic) {
            double from = Math.floor(Math.log10(Math.max(least, LEAST) * 0.8));
            double to = Math.max(from + 1, Math.log10(Math.max(most, LEAST)));
            Map<Double, String> ticks = new TreeMap<>();
            for (double exponent = from; exponent <= to + free; exponent++) {
                double value = Math.pow(10, exponent);
                ticks.put(value, Units.tick(value, unit));
            }
            axis = new Logarithmic(ticks);
            axis.setRange(Math.pow(10, from), Math.pow(10, to + (to - from) * free / (1 - free)));
        } else {
            NumberAxis linear = new NumberAxis();
            linear.setNumberFormatOverride(new Ticks(unit));
            linear.setRange(0, Math.max(most, LEAST) / (1 - free));
            axis = linear;
        }
        axis.setLabel(title + (logarithmic ? " (log)" : "") + ", " + Units.better(unit));
        look(axis);
        return axis;
    }

    /** A logarithmic axis of counts, which has a tick for each. */
    static ValueAxis counts(Collection<Long> counts, String title) {
        Map<Double, String> ticks = new TreeMap<>();
        for (long count : counts) {
            ticks.put((double) Math.max(count, 1), String.format(Locale.ROOT, "%,d", count));
        }
        ValueAxis axis = new Logarithmic(ticks);
        double most =
                Math.max(2, counts.stream().mapToLong(Long::longValue).max().orElse(1));
        double least =
                Math.max(1, counts.stream().mapToLong(Long::longValue).min().orElse(1));
        double edge = Math.pow(most / least, 0.04);
        // values are written to the right of their points
        axis.setRange(least / edge, most * edge * edge * edge);
        axis.setLabel(title);
        look(axis);
        return axis;
    }

    private static void look(ValueAxis axis) {
        axis.setTickLabelFont(Svg.font(10));
        axis.setLabelFont(Svg.font(10));
        axis.setAxisLinePaint(Color.GRAY);
        axis.setTickMarkPaint(Color.GRAY);
    }

    /** Ticks where they are said to be. */
    private static final class Logarithmic extends LogAxis {
        private static final long serialVersionUID = 1;

        private final transient Map<Double, String> ticks;

        Logarithmic(Map<Double, String> ticks) {
            this.ticks = ticks;
        }

        @Override
        @SuppressWarnings("rawtypes")
        public List refreshTicks(Graphics2D graphics, AxisState state, Rectangle2D area, RectangleEdge edge) {
            TextAnchor anchor = edge == RectangleEdge.TOP
                    ? TextAnchor.BOTTOM_CENTER
                    : edge == RectangleEdge.BOTTOM ? TextAnchor.TOP_CENTER : TextAnchor.CENTER_RIGHT;
            List<NumberTick> all = new ArrayList<>();
            ticks.forEach((value, text) -> all.add(new NumberTick(value, text, anchor, TextAnchor.CENTER, 0)));
            return all;
        }
    }

    /** Writes ticks with their unit. */
    private static final class Ticks extends NumberFormat {
        private static final long serialVersionUID = 1;

        private final String unit;

        Ticks(String unit) {
            this.unit = unit;
        }

        @Override
        public StringBuffer format(double value, StringBuffer to, FieldPosition position) {
            return to.append(value == 0 ? "0" : Units.tick(value, unit));
        }

        @Override
        public StringBuffer format(long value, StringBuffer to, FieldPosition position) {
            return format((double) value, to, position);
        }

        @Override
        public Number parse(String text, ParsePosition position) {
            throw new UnsupportedOperationException();
        }
    }
}
