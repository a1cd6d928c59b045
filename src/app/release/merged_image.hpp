// The app inside a merged image of the ESP32, which is the part that can be uploaded.
#pragma once

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

#include "app/examined_file.hpp"

namespace otatool::app {

/// The bytes of the app up to its end, as a view of `file`. WrongKind if the file is not a merged
/// image or holds no complete app; the message names the file.
[[nodiscard]] Result<Bytes> app_of(const ExaminedFile& file);

}  // namespace otatool::app
