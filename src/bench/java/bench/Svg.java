package bench;

import java.awt.Dimension;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** A drawing as an SVG file that needs nothing else: fonts that every system has, no scripts. */
final class Svg {
    private static final String NAMESPACE = "http://www.w3.org/2000/svg";

    /** All as wide as each other, and as the font that is measured here where it is one of these. */
    private static final String FONTS = "'DejaVu Sans', Verdana, 'Bitstream Vera Sans', sans-serif";

    private Svg() {}

    static Font font(int size) {
        return new Font(Font.SANS_SERIF, Font.PLAIN, size);
    }

    /** Measures text as it will be drawn, without rounding to the dots of a screen. */
    static Graphics2D measuring() {
        Graphics2D graphics = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB).createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
        return graphics;
    }

    static void write(Path file, int width, int height, Consumer<Graphics2D> drawing) throws IOException {
        Document document;
        try {
            document = DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument(NAMESPACE, "svg", null);
        } catch (ParserConfigurationException impossible) {
            throw new IllegalStateException(impossible);
        }
        SVGGraphics2D graphics = new SVGGraphics2D(document) {
            @Override
            public FontMetrics getFontMetrics(Font font) {
                return measuring().getFontMetrics(font);
            }
        };
        graphics.setSVGCanvasSize(new Dimension(width, height));
        drawing.accept(graphics);
        Element root = graphics.getRoot();
        // scales with the page that it stands in
        root.setAttribute("viewBox", "0 0 " + width + " " + height);
        fonts(root);
        NodeList all = root.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            fonts((Element) all.item(i));
        }
        try (Writer writer = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            graphics.stream(root, writer);
        }
    }

    private static void fonts(Element element) {
        if (element.hasAttribute("font-family")) {
            element.setAttribute("font-family", FONTS);
        }
        if (element.getTagName().equals("text")) {
            // as wide as it was measured, also in another font
            double width = font(size(element))
                    .getStringBounds(element.getTextContent(), measuring().getFontRenderContext())
                    .getWidth();
            element.setAttribute("textLength", String.format(Locale.ROOT, "%.1f", width));
            element.setAttribute("lengthAdjust", "spacingAndGlyphs");
        }
    }

    private static int size(Node node) {
        String size = node instanceof Element ? ((Element) node).getAttribute("font-size") : "";
        return size.isEmpty() ? size(node.getParentNode()) : Integer.parseInt(size.replace("px", ""));
    }
}
