// Finds functions of a library that is loaded at run time.
#pragma once

#include <dlfcn.h>

namespace otatool::store {

/// False, with `function` null, if the library does not have the function.
template <typename Function>
bool find_function(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace otatool::store
