# Compiler settings shared by every target: warnings, hardening, sanitizers.
option(DA_WERROR "Treat warnings as errors" ON)
set(DA_SANITIZE "" CACHE STRING "Sanitizers to build with, as for -fsanitize= (address,undefined or thread)")

add_library(da_options INTERFACE)
target_compile_options(da_options INTERFACE -Wall -Wextra -Wconversion -Wshadow)
target_include_directories(da_options INTERFACE ${CMAKE_SOURCE_DIR})
if(DA_WERROR)
  target_compile_options(da_options INTERFACE -Werror)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 17)
  # clang 14 implements std coroutines but does not define the macros by which
  # libstdc++ and Boost.Asio look for them.
  target_compile_definitions(da_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:__cpp_impl_coroutine=201902L>
    BOOST_ASIO_HAS_CO_AWAIT BOOST_ASIO_HAS_STD_COROUTINE)
  target_compile_options(da_options INTERFACE -Wno-builtin-macro-redefined)
endif()

# gcc 12 copies and clears structures of more than a few words by "rep movs" and "rep stos", of which each takes
# some 15 ns on processors without the fast short form (AMD before Zen 4). A record is moved several times.
include(CheckCXXCompilerFlag)
set(unrolled unrolled_loop:256:noalign,libcall:-1:noalign)
check_cxx_compiler_flag("-mmemcpy-strategy=${unrolled} -mmemset-strategy=${unrolled}" DA_HAS_COPY_STRATEGY)
if(DA_HAS_COPY_STRATEGY)
  target_compile_options(da_options INTERFACE -mmemcpy-strategy=${unrolled} -mmemset-strategy=${unrolled})
endif()

if(DA_SANITIZE)
  target_compile_options(da_options INTERFACE -fsanitize=${DA_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(da_options INTERFACE -fsanitize=${DA_SANITIZE})
  if(DA_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # clang 14 cannot assemble coroutines with it ("a difference across sections").
    target_compile_options(da_options INTERFACE -fno-sanitize=function)
  endif()
  if(DA_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio's fences are not modelled by TSan; nothing of ours uses them.
    target_compile_options(da_options INTERFACE -Wno-tsan)
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(da_options INTERFACE -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE)
  target_compile_definitions(da_options INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(da_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Without this ccache takes nothing that uses a precompiled header.
  set(ccache ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${ccache})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ccache})
endif()
