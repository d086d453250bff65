"""Compile commands of the tools tree, with the places that files have on the host."""

from pathlib import Path

from image.clangd_commands import on_this_host, rewritten

PLACES = {"/anchorhold/source": "/home/a/anchorhold", "/anchorhold/build": "/cache/build/1", "/usr": "/cache/tools/usr"}


def test_paths_are_those_of_the_host_and_the_tools_tree_is_the_sysroot():
    entry = {"directory": "/anchorhold/build/tidy", "file": "/anchorhold/source/fw/fence.cpp",
             "command": "/usr/bin/ccache /usr/bin/clang++-19 -I/anchorhold/source -isystem /usr/include/libnl3 -DTEXT='\"a b\"' -std=c++23 "
                        "-o fw/fence.o -c /anchorhold/source/fw/fence.cpp"}
    assert rewritten(entry, PLACES, Path("/cache/tools")) == {
        "directory": "/cache/build/1/tidy", "file": "/home/a/anchorhold/fw/fence.cpp",
        "arguments": ["/cache/tools/usr/bin/clang++-19", "--sysroot=/cache/tools", "-I/home/a/anchorhold", "-isystem",
                      "/cache/tools/usr/include/libnl3", '-DTEXT="a b"', "-std=c++23", "-o", "fw/fence.o", "-c",
                      "/home/a/anchorhold/fw/fence.cpp"]}


def test_what_only_begins_alike_stays():
    assert on_this_host("/anchorhold/sources/x", PLACES) == "/anchorhold/sources/x"
    assert on_this_host("-Iusr", PLACES) == "-Iusr"
