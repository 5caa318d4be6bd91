// What a target needs to own a precompiled header: the one of tests/CMakeLists.txt.
