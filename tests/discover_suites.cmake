# Runs PROGRAM --gtest_list_tests after the build and writes OUTPUT, which adds one test to ctest for each suite.
# One process runs all cases of a suite: starting a sanitized program for each of 1500 cases takes longer than most cases.
# Suites whose name matches the regular expression SLOW get the label `slow`. The time limit only ends a suite that hangs.
#   cmake -D PROGRAM=... -D OUTPUT=... -D LABELS=... -D SLOW=... -P discover_suites.cmake
# PROGRAM may begin with an emulator and its options.
cmake_policy(VERSION 3.25)
list(REMOVE_ITEM PROGRAM "")
# Not by list(TRANSFORM): a list is not split at semicolons inside an open bracket.
set(program "")
foreach(word IN LISTS PROGRAM)
  string(APPEND program "[==[${word}]==] ")
endforeach()
execute_process(COMMAND ${PROGRAM} --gtest_list_tests
  OUTPUT_VARIABLE listing RESULT_VARIABLE status TIMEOUT 300)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} --gtest_list_tests failed: ${status}")
endif()
string(REPLACE ";" " " listing "${listing}")
string(REPLACE "\n" ";" lines "${listing}")
set(script "")
foreach(line IN LISTS lines)
  # `Suite.` or `Instance/Suite/0.  # TypeParam = ...`; cases are indented.
  if(line MATCHES "^([A-Za-z0-9_/]+)\\.( +#.*)?$")
    set(suite ${CMAKE_MATCH_1})
    set(labels ${LABELS})
    set(cost 1)
    set(limit 900)
    if(SLOW AND suite MATCHES "^(${SLOW})$")
      string(APPEND labels ",slow")
      set(cost 100)
      set(limit 1800)
    endif()
    string(APPEND script
      "add_test([==[${suite}]==] ${program}[==[--gtest_filter=${suite}.*]==] --gtest_brief=1)\n"
      "set_tests_properties([==[${suite}]==] PROPERTIES LABELS [==[${labels}]==] TIMEOUT ${limit} COST ${cost}\n"
      "  SKIP_REGULAR_EXPRESSION \"every test was skipped\")\n")
  endif()
endforeach()
file(WRITE ${OUTPUT} "${script}")
