// The only source that differs between two versions of the sample.
#include "firmware/examples/hello/version.hpp"

#ifndef HELLO_VERSION
#define HELLO_VERSION "v1"
#endif

namespace otatool::hello {

const char* version() {
  return "otatool hello " HELLO_VERSION;
}

}  // namespace otatool::hello
