# With HONE_STATIC_DEPS programs hold the libraries that Hone is linked with and need nothing but
# libc: for the command in a wheel. Archives are mostly not made for shared objects, so the extension
# keeps the shared libraries, which auditwheel puts beside it.
option(HONE_STATIC_DEPS "Link the libraries that programs need statically" OFF)
if(HONE_STATIC_DEPS)
    foreach(pair SQLITE:sqlite3:sqlite3 JANSSON:jansson:jansson YAML:yaml:yaml UV:uv_a:uv
            PCRE2:pcre2-8:pcre2-8)
        string(REPLACE ":" ";" names ${pair})
        list(GET names 0 target)
        list(GET names 1 archive)
        list(GET names 2 shared)
        find_library(HONE_ARCHIVE_${target} NAMES lib${archive}.a REQUIRED)
        set_property(TARGET PkgConfig::${target} PROPERTY INTERFACE_LINK_LIBRARIES pthread dl m
            $<IF:$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>,${HONE_ARCHIVE_${target}},${shared}>)
    endforeach()
endif()
