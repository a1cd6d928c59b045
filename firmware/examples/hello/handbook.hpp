// A short handbook on over-the-air updates, carried in flash for the grep command.
#pragma once

namespace otatool::hello {

/// Its lines, ended by a null pointer.
extern const char* const kHandbook[];

}  // namespace otatool::hello
