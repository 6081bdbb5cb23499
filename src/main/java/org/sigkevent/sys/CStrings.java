package org.sigkevent.sys;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Names as C has them: bytes up to a zero. A String is its bytes in UTF-8, whatever the locale; a Path is the bytes of its name, as they
 * stand in the directory. What has a zero inside would be another name for the kernel and is refused.
 */
public final class CStrings {
    private CStrings() {}

    /**
     * A zero-terminated copy of {@code text}, alive as long as the buffer.
     *
     * @param argument the name of the argument that it is, for the refusal
     * @throws ErrnoException EINVAL: there is a NUL in it
     */
    public static ByteBuffer of(String argument, String text) {
        int nul = text.indexOf('\0');
        if (nul >= 0) {
            throw ErrnoException.invalid(argument + " \"" + text.replace("\0", "\\0") + "\" has a NUL at index " + nul
                    + ": for the kernel the name would end there");
        }
        return terminated(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A zero-terminated copy of the bytes of {@link #bytes}, alive as long as the buffer. */
    public static ByteBuffer of(Path path) {
        return terminated(bytes(path));
    }

    private static ByteBuffer terminated(byte[] bytes) {
        ByteBuffer buffer = Memory.allocate(bytes.length + 1);
        buffer.put(0, bytes);
        return buffer;
    }

    /**
     * The bytes of a path, relative where it is. Its String is that only for the names that the locale can spell; its URI has the bytes
     * of all, percent-encoded, and is always absolute.
     *
     * @throws ErrnoException EINVAL: the path is of another file system than the machine's
     */
    public static byte[] bytes(Path path) {
        if (path.getFileSystem() != FileSystems.getDefault()) {
            throw ErrnoException.invalid("path " + path + " is of " + path.getFileSystem()
                    + ", which the kernel does not know: only paths of the default file system can be opened");
        }
        String text = path.toString();
        if (text.chars().allMatch(c -> c > 0 && c < 0x80)) {
            return text.getBytes(StandardCharsets.US_ASCII);
        }
        byte[] absolute = decoded(path.toUri().getRawPath());
        if (path.isAbsolute()) {
            return absolute;
        }
        int skip = decoded(Path.of("").toUri().getRawPath()).length;
        // of the root the slash is all, of another folder it stands behind the name
        int begin = skip == 1 ? 1 : skip + 1;
        byte[] relative = new byte[absolute.length - begin];
        System.arraycopy(absolute, begin, relative, 0, relative.length);
        return relative;
    }

    /** The bytes behind a URI's path, without the slash that says that it is a folder. */
    private static byte[] decoded(String raw) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '%') {
                bytes.write(Integer.parseInt(raw, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.write(c);
            }
        }
        byte[] all = bytes.toByteArray();
        return all.length > 1 && all[all.length - 1] == '/' ? Arrays.copyOf(all, all.length - 1) : all;
    }
}
