package bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Paint;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.util.List;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.CombinedDomainCategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.CategoryItemRendererState;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;

/** The figures of a group as bars, with their values and with whiskers from the least to the most of the rounds. */
final class Bars {
    private static final float NAMES = 0.34f;
    private static final int CAP = 3;

    private Bars() {}

    /** Panels beside each other, with the same subjects from top to bottom. */
    static CombinedDomainCategoryPlot plot(Panels panels) {
        CategoryAxis subjects = new CategoryAxis();
        subjects.setMaximumCategoryLabelWidthRatio(NAMES);
        subjects.setMaximumCategoryLabelLines(2);
        subjects.setTickLabelFont(Svg.font(12));
        subjects.setLowerMargin(0.01);
        subjects.setUpperMargin(0.01);
        subjects.setCategoryMargin(0.25);
        subjects.setAxisLineVisible(false);
        CombinedDomainCategoryPlot all = new CombinedDomainCategoryPlot(subjects);
        all.setGap(36);
        for (Panels.Panel panel : panels.list) {
            all.add(panel(panel, panels.subjects), panel.units.size() > 1 ? 4 : panel == panels.list.get(0) ? 4 : 3);
        }
        all.setOrientation(PlotOrientation.HORIZONTAL);
        return all;
    }

    private static CategoryPlot panel(Panels.Panel panel, List<String> subjects) {
        DefaultCategoryDataset values = new DefaultCategoryDataset();
        for (String subject : subjects) {
            for (String unit : panel.units) {
                Row row = panel.row(subject, unit);
                values.addValue(row == null ? null : row.median(), unit, subject);
            }
        }
        String unit = panel.units.get(0);
        boolean logarithmic = Units.isLatency(unit) || Axes.wide(panel.least(), panel.most());
        ValueAxis axis = Axes.of(
                panel.title(), unit, panel.least(), panel.most(), logarithmic, panel.units.size() > 1 ? 0.4 : 0.28);
        CategoryPlot plot = new CategoryPlot(values, null, axis, new Whiskered(panel, axis));
        plot.setBackgroundPaint(Color.WHITE);
        plot.setOutlineVisible(false);
        plot.setRangeGridlinePaint(Axes.GRID);
        plot.setRangeGridlineStroke(new BasicStroke(1));
        return plot;
    }

    private static final class Whiskered extends BarRenderer {
        private static final long serialVersionUID = 1;

        private final transient Panels.Panel panel;

        Whiskered(Panels.Panel panel, ValueAxis axis) {
            this.panel = panel;
            setBarPainter(new StandardBarPainter());
            setShadowVisible(false);
            setDrawBarOutline(false);
            setItemMargin(0.1);
            setMaximumBarWidth(0.5);
            setIncludeBaseInRange(false);
            setBase(axis.getLowerBound());
        }

        @Override
        public Paint getItemPaint(int unit, int subject) {
            Color color = Axes.color(panel.subjects().get(subject));
            // the further percentiles fade
            return Axes.faded(color, unit * 0.3);
        }

        @Override
        public void drawItem(
                Graphics2D graphics,
                CategoryItemRendererState state,
                Rectangle2D area,
                CategoryPlot plot,
                CategoryAxis domain,
                ValueAxis range,
                CategoryDataset values,
                int unit,
                int subject,
                int pass) {
            super.drawItem(graphics, state, area, plot, domain, range, values, unit, subject, pass);
            Row row = panel.row(panel.subjects().get(subject), panel.units.get(unit));
            if (row == null || state.getVisibleSeriesIndex(unit) < 0) {
                return;
            }
            double middle = calculateBarW0(plot, plot.getOrientation(), area, domain, state, unit, subject)
                    + state.getBarWidth() / 2;
            RectangleEdge edge = plot.getRangeAxisEdge();
            double least = range.valueToJava2D(Math.max(row.min(), range.getLowerBound()), area, edge);
            double most = range.valueToJava2D(Math.max(row.max(), range.getLowerBound()), area, edge);
            graphics.setPaint(Color.BLACK);
            graphics.setStroke(new BasicStroke(1));
            if (most - least > 1) {
                graphics.draw(new Line2D.Double(least, middle, most, middle));
                graphics.draw(new Line2D.Double(least, middle - CAP, least, middle + CAP));
                graphics.draw(new Line2D.Double(most, middle - CAP, most, middle + CAP));
            }
            graphics.setPaint(Color.BLACK);
            graphics.setFont(Svg.font(panel.units.size() > 1 ? 10 : 12));
            graphics.drawString(panel.label(row), (float) most + 5, (float) middle + 4);
        }
    }
}
