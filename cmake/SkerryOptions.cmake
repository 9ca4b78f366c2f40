# Language, warnings, sanitizers, linker and compiler cache: what every target of the tree shares.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

set(SKERRY_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize takes them: address,undefined or thread")
option(SKERRY_FUZZ "Build the libFuzzer targets (clang only)" OFF)
option(SKERRY_WERROR "Treat warnings as errors" OFF)

find_program(SKERRY_CCACHE ccache)
if(SKERRY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths of the tree count as relative ones, so that every clone and worktree shares one cache.
  set(launcher env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${SKERRY_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()
find_program(SKERRY_MOLD mold)
if(SKERRY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wno-missing-field-initializers -fno-omit-frame-pointer)
if(SKERRY_WERROR)
  add_compile_options(-Werror)
endif()
# The fast CRC-32C and vector code paths need SSE4.2; every x86-64 server since 2009 has it.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options(-msse4.2 -mpclmul)
endif()
if(SKERRY_FUZZ)
  # Libraries report their branches too, or the fuzzer would be blind behind its own entry point.
  add_compile_options(-fsanitize=fuzzer-no-link)
  # GCC's standard library uses, in its own headers, what it has deprecated; clang tells of it here.
  add_compile_options(-Wno-deprecated-declarations)
endif()
if(SKERRY_SANITIZE)
  add_compile_options(-fsanitize=${SKERRY_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SKERRY_SANITIZE})
endif()
