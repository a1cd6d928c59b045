// Files that people pass by mistake: ELF, Intel HEX, archives, text, web pages, blank flash.
#pragma once

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

/// Fills kind (and web_page) if `file` is one of them, Unknown otherwise.
void read_foreign(Bytes file, ImageFacts& facts);

}  // namespace otatool::image
