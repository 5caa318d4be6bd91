# Every third-party package, and every difference between distributions, in one file.
find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(tl-expected REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Hiredis REQUIRED)
find_package(Lz4 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(CAIRO REQUIRED IMPORTED_TARGET cairo)

# libmsgpack-cxx-dev 4.x names its package msgpackc-cxx, later releases msgpack-cxx.
find_package(msgpackc-cxx CONFIG QUIET)
if(NOT TARGET msgpackc-cxx)
  find_package(msgpack 4.1 CONFIG QUIET)
endif()
if(NOT TARGET msgpackc-cxx)
  find_package(msgpack-cxx CONFIG REQUIRED)
  add_library(msgpackc-cxx ALIAS msgpack-cxx)
endif()

if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()

# Third-party headers are not ours to keep warning-free.
add_library(da_asio INTERFACE)
target_link_libraries(da_asio INTERFACE Boost::headers Threads::Threads)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Asio gives coroutine frames an operator new and delete of their own. Where gcc inlines one of the two and not
  # the other, as chance has it, it takes them for a mismatch.
  target_compile_options(da_asio INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>)
endif()
