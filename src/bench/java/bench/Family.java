package bench;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Three groups or more whose names differ in one number only, as "aio depth 1" and "aio depth 8" do: the same with more and more of
 * something. They are drawn as lines over that number. Of two there would be no more to see than in bars, and groups that could be
 * lines over one number as well as over another stand alone.
 */
final class Family {
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w.])\\d+(?:,\\d{3})*(?![\\w.])");

    private static final int LEAST = 3;

    /** The name that they share, with N in the place of the number. */
    final String name;

    /** The groups by their numbers. */
    final Map<Long, String> groups = new LinkedHashMap<>();

    private Family(String name) {
        this.name = name;
    }

    static List<Family> of(Iterable<String> names) {
        Map<String, Family> all = new LinkedHashMap<>();
        for (String group : names) {
            for (Matcher number = NUMBER.matcher(group); number.find(); ) {
                String name = group.substring(0, number.start()) + 'N' + group.substring(number.end());
                long n = Long.parseLong(number.group().replace(",", ""));
                all.computeIfAbsent(name, Family::new).groups.put(n, group);
            }
        }
        Map<String, Integer> memberships = new HashMap<>();
        all.values().removeIf(family -> family.groups.size() < 2);
        all.values()
                .forEach(family -> family.groups.values().forEach(group -> memberships.merge(group, 1, Integer::sum)));
        all.values()
                .removeIf(family -> family.groups.size() < LEAST
                        || family.groups.values().stream().anyMatch(group -> memberships.get(group) > 1));
        return List.copyOf(all.values());
    }

    /** A subject's name without the part, between commas, that has the group's number, as some programs add it. */
    static String subject(String name, long n) {
        Pattern number = Pattern.compile("(?<![\\w.])" + n + "(?![\\w.])");
        String[] parts = name.split(", ");
        return IntStream.range(0, parts.length)
                .filter(i -> i == 0 || !number.matcher(parts[i]).find())
                .mapToObj(i -> parts[i])
                .collect(Collectors.joining(", "));
    }
}
