// Recognises files that are passed by mistake: ELF, Intel HEX, archives, text, web pages, blank
// flash.
#pragma once

#include "otatool/bytes.hpp"
#include "otatool/image/facts.hpp"

namespace otatool::image {

/// Fills kind if `file` is one of these; otherwise kind stays Unknown.
void read_foreign(Bytes file, ImageFacts& facts);

}  // namespace otatool::image
