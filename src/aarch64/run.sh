#!/bin/bash
# Runs the unit tests on epoll as an aarch64 program, under qemu's user-mode emulation on an x86-64 machine: each class in a JVM of its
# own. CONTRIBUTING.md ("On aarch64") says what that shows and what it does not.
#
#   src/aarch64/run.sh               all classes
#   src/aarch64/run.sh core aio      those with one of these words in their name
#   src/aarch64/run.sh TimerTest
#
# It needs qemu-aarch64-static or qemu-aarch64, and Debian's apt-get and dpkg-deb, with which it unpacks a JRE for arm64 into
# target/aarch64 the first time; nothing is installed. JDK is its version (17), LIMIT the most seconds for a class (600). The file
# excluded beside this one names the tests that cannot pass there, and why.
#
# Exit status: 0 when nothing failed but what is listed there, 1 when something else did, 2 when it could not run.
set -u
cd "$(dirname "$0")/../.." || exit 2
project=$PWD
excluded=$project/src/aarch64/excluded
work=$project/target/aarch64
root=$work/root
jdk=${JDK:-17}
limit=${LIMIT:-600}
home=$root/usr/lib/jvm/java-$jdk-openjdk-arm64
java=$home/bin/java

cannot() {
    printf '%s\n' "Nothing was run: $1"
    exit 2
}

qemu=$(command -v qemu-aarch64-static || command -v qemu-aarch64) ||
    cannot "there is no qemu-aarch64-static here (Debian: apt-get install qemu-user-static)"

# packages: downloads and unpacks the JRE and the libraries it needs, with lists of apt of its own
packages() {
    for tool in apt-get dpkg-deb; do
        command -v $tool > /dev/null || cannot "there is no $tool here, and no JRE for arm64 in $root"
    done
    rm -rf "$root" "$work/apt"
    mkdir -p "$root" "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/apt/packages"
    local apt=(apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State::lists=$work/apt/lists"
        -o "Dir::Cache=$work/apt/cache" -o Dir::State::status=/dev/null)
    echo "Downloading OpenJDK $jdk for arm64"
    (
        cd "$work/apt/packages" && "${apt[@]}" update &&
            "${apt[@]}" download "openjdk-$jdk-jre-headless" libc6 zlib1g libgcc-s1 libstdc++6
    ) > "$work/apt/log" 2>&1 || {
        tail -n 5 "$work/apt/log"
        cannot "the packages openjdk-$jdk-jre-headless, libc6, zlib1g, libgcc-s1 and libstdc++6 for arm64 cannot be had from apt's sources"
    }
    for each in "$work"/apt/packages/*.deb; do
        dpkg-deb -x "$each" "$root" || cannot "$each cannot be unpacked"
    done
    # the JRE's configuration is linked to by absolute names, which are looked for on this system
    find "$home/" -type l -lname '/etc/*' | while read -r link; do
        ln -sfn "$root$(readlink "$link")" "$link"
    done
    # a JVM starts others by the name of its own java: a script, so that the kernel need not know how to run aarch64 programs. Of
    # the ways to start a process, fork does without the helper program, which would be for aarch64, too
    mv "$java" "$java.aarch64"
    printf '#!/bin/sh\nexec "%s" -L "%s" "%s" -XX:TieredStopAtLevel=1 -Djdk.lang.Process.launchMechanism=FORK "$@"\n' \
        "$qemu" "$root" "$java.aarch64" > "$java"
    chmod +x "$java"
    rm -rf "$work/apt/cache" "$work/apt/lists"
}

[ -x "$java.aarch64" ] && [ -x "$java" ] || packages
said=$("$java" -version 2>&1) || cannot "the JRE for arm64 does not start: $said"

if ! [ -f target/test-classes/org/sigkevent/TestsMain.class ] || ! [ -d target/classes/org/sigkevent ]; then
    mvn -B -q test-compile < /dev/null || cannot "the tests do not compile"
fi
if ! [ -s "$work/classpath" ]; then
    mvn -B -q exec:exec -Dexec.classpathScope=test -Drun.main=org.sigkevent.TestsMain -Drun.args= < /dev/null |
        sed -n 's/^[^/]*\(\/.*junit-platform-launcher.*\)/\1/p' > "$work/classpath"
    [ -s "$work/classpath" ] || cannot "Maven does not say the class path of the tests"
fi
run=("$java" --enable-native-access=ALL-UNNAMED -Xmx1g -Dslf4j.internal.verbosity=ERROR -Dsigkevent.engine=epoll -cp "$(cat "$work/classpath")")

# listed HOW CLASS: the methods of this class that the list says this of
listed() {
    awk -v how="$1" -v class="$2" '$1 == how { split($2, name, "#"); if (name[1] == class) print name[2] }' "$excluded"
}

# wanted CLASS WORD...: whether one of the words, if there are any, is in its name
wanted() {
    [ $# -gt 1 ] || return 0
    for word in "${@:2}"; do
        [[ $1 != *"$word"* ]] || return 0
    done
    return 1
}

# a program that dies under qemu leaves a core file where it stands
ulimit -c 0
logs=$work/logs
rm -rf "$logs"
mkdir -p "$logs"
cd target/test-classes || exit 2
classes=$(find org/sigkevent -name '*Test.class' | sed 's/\.class$//; s/^org.sigkevent.//; s/\//./g' | sort)
cd "$project" || exit 2

"$qemu" --version | head -n 1
printf '%s\n' "$said" | sed -n 2p
echo "system calls that are missing:$("${run[@]}" org.sigkevent.sys.MissingCallsMain)"
printf '\n%-38s %6s %6s %7s %3s %5s\n' class passed failed skipped cut s

all="0 0 0 0"
known=0
left=0
bad=()
better=()
for class in $classes; do
    wanted "$class" "$@" || continue
    omitted=$(listed omit "$class")
    if grep -q "^omit  *$class " "$excluded"; then
        printf '%-38s not run\n' "$class"
        left=$((left + 1))
        continue
    fi
    log=$logs/$class
    begun=$SECONDS
    # shellcheck disable=SC2086
    timeout -k 10 "$limit" "${run[@]}" org.sigkevent.TestsMain "org.sigkevent.$class" $omitted < /dev/null > "$log" 2>&1
    status=$?
    passed=$(grep -c '^@@ passed ' "$log")
    skipped=$(grep -c '^@@ skipped ' "$log")
    failed=$(sed -n 's/^@@ failed //p' "$log")
    cut=
    if ! grep -q '^@@ end ' "$log"; then
        cut=$(sed -n 's/^@@ start //p' "$log" | tail -n 1)
        cut=${cut:-class}
    fi
    expected=$(listed fails "$class")
    sometimes=$(listed sometimes "$class")
    for method in $failed $cut; do
        if printf '%s\n' $expected $sometimes | grep -q -x -F "$method"; then
            known=$((known + 1))
        else
            bad+=("$class#$method (status $status): $log")
        fi
    done
    for method in $expected; do
        if ! printf '%s\n' $failed $cut | grep -q -x -F "$method"; then
            better+=("$class#$method")
        fi
    done
    [ -z "$omitted" ] || left=$((left + $(echo "$omitted" | wc -l)))
    counts="$passed $(printf '%s' "$failed" | grep -c .) $skipped $(printf '%s' "$cut" | grep -c .)"
    # shellcheck disable=SC2086
    printf '%-38s %6s %6s %7s %3s %5s\n' "$class" $counts $((SECONDS - begun))
    all=$(echo "$all $counts" | awk '{ print $1 + $5, $2 + $6, $3 + $7, $4 + $8 }')
done
# shellcheck disable=SC2086
printf '%-38s %6s %6s %7s %3s %5s\n\n' all $all $SECONDS
echo "Failed as the list says: $known; not run, classes and methods: $left."
for each in ${better[@]+"${better[@]}"}; do
    echo "Passed although the list says that it cannot: $each"
done
for each in ${bad[@]+"${bad[@]}"}; do
    echo "FAILED: $each"
done
[ ${#bad[@]} -eq 0 ]
