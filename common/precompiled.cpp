// What a target needs to own a precompiled header: the one of common/precompiled.h.
