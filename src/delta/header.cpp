#include "delta/header.hpp"

#include <algorithm>

namespace otatool::delta {

std::string patch_md5(Bytes patch, const Digests& digests) {
  std::vector<std::uint8_t> rest(patch.begin(), patch.end());
  const auto md5 = rest.begin() + static_cast<std::ptrdiff_t>(wire::kDeltaMd5Offset);
  rest.erase(md5, md5 + static_cast<std::ptrdiff_t>(wire::kDeltaMd5Size));
  return digests.md5_hex(rest);
}

bool is_patch(Bytes file) {
  return file.size() >= sizeof(wire::kDeltaMagic) &&
         std::ranges::equal(file.first(sizeof(wire::kDeltaMagic)), wire::kDeltaMagic);
}

Result<wire::DeltaHeader> read_header(Bytes patch, const Digests& digests) {
  wire::DeltaHeader header{};
  switch (wire::parse_delta_header(patch.data(), patch.size(), header)) {
    case wire::DeltaHeaderState::Valid:
      break;
    case wire::DeltaHeaderState::NotDelta:
      return fail(Errc::BrokenPatch,
                  is_patch(patch) ? "the patch ends within its header" : "not a patch");
    case wire::DeltaHeaderState::UnknownVersion:
      return fail(Errc::BrokenPatch,
                  "the patch has the format version " + std::to_string(patch[4]) +
                      ", and this otatool reads version " + std::to_string(wire::kDeltaVersion));
    case wire::DeltaHeaderState::Malformed:
      return fail(Errc::BrokenPatch, "the header of the patch is damaged");
  }
  if (patch_md5(patch, digests) != to_hex(header.md5)) {
    return fail(Errc::BrokenPatch, "the patch is damaged: its MD5 is wrong");
  }
  return header;
}

Result<Facts> read_facts(Bytes patch, const Digests& digests) {
  TRY(const wire::DeltaHeader header, read_header(patch, digests));
  return Facts{
      header.old_size, header.new_size, to_hex(header.old_sha256), to_hex(header.new_sha256)};
}

}  // namespace otatool::delta
