# The standard library and fmt take longer to read than most of our files. With clang, which instantiates the templates
# of a precompiled header once, every C++ target of ours takes them from one: that halves a build. gcc gains a seventh,
# and warns of what it finds in the library: there only the tests have one, which are not optimised. No file may rely
# on it: the preset clang builds without.
option(DA_PRECOMPILE "Read the most used headers once for many files" ON)

# As ccache asks for.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
else()
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fpch-preprocess>)
endif()

# One target takes the precompiled header of another.
function(da_reuse_header target header)
  if(DA_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM ${header})
    # gcc takes it only where it would read the same; not every target uses fmt.
    target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
  endif()
endfunction()

# All targets of ours made in the folder and below do, but those that have one and those kept from it.
function(da_precompile folder header)
  get_property(targets DIRECTORY ${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(sources ${target} SOURCES)
    get_target_property(reused ${target} PRECOMPILE_HEADERS_REUSE_FROM)
    get_target_property(disabled ${target} DISABLE_PRECOMPILE_HEADERS)
    if(type MATCHES "STATIC_LIBRARY|EXECUTABLE" AND sources MATCHES "\\.cpp" AND NOT reused AND NOT disabled)
      da_reuse_header(${target} ${header})
    endif()
  endforeach()
  get_property(folders DIRECTORY ${folder} PROPERTY SUBDIRECTORIES)
  foreach(below IN LISTS folders)
    da_precompile(${below} ${header})
  endforeach()
endfunction()
