// Checks a gzip package strictly, because the loader of the ESP8266 checks neither CRC nor size
// before it overwrites the flash. Pure over bytes; allocates memory for unpacked content, never for
// a length that the file claims.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otatool/bytes.hpp"
#include "otatool/result.hpp"

namespace otatool::gzip {

/// The largest flash of an ESP8266, and so the largest content of a package.
constexpr std::size_t kLargestFlashBytes = std::size_t{16} << 20U;

/// The effect of a package on the loader (signing-gzip-images.md 2.1-2.3).
enum class LoaderOutcome {
  Installs,        ///< writes the content, whether or not its CRC is correct
  Refuses,         ///< before the first erase; the old sketch starts again
  ChangesNothing,  ///< writes nothing and reports success; the old sketch starts again
  Bricks,          ///< overwrites sketch or loader with something that does not start
  Undecided,       ///< not gzip: the kind of the file decides
};

/// The behaviour of a device, as a clause (`a device would report success and change nothing`);
/// empty when undecided.
[[nodiscard]] std::string_view consequence(LoaderOutcome outcome);

enum class PackageFault {
  NotGzip,
  UnknownMethod,
  ReservedFlags,
  WrongHeaderCrc,
  Truncated,  ///< ends within header, stream or trailer
  Damaged,    ///< not a deflate stream
  TooLarge,   ///< unpacks to more than the limit
  Empty,      ///< unpacks to nothing
  WrongCrc,
  WrongSize,  ///< the size in the trailer is wrong
  SecondMember,
  BytesBehindTrailer,
};

/// The stable name of a fault in JSON: lower-case words joined by hyphens.
[[nodiscard]] std::string_view to_string(PackageFault fault);

/// Sizes in bytes. For a broken package, the facts after the first fault are 0.
struct PackageFacts {
  std::size_t header_length = 0;
  std::size_t member_length = 0;  ///< header, stream and trailer
  std::size_t content_length = 0;
  std::uint32_t stored_size = 0;  ///< ISIZE of the member
  std::uint32_t stored_crc = 0;
  std::uint32_t content_crc = 0;
  /// The last four bytes of the file: the loader reads them as the unpacked size.
  std::uint32_t loader_size = 0;
  /// Upper bound, at most 64 bytes too high, of (bytes unpacked - bytes of the package consumed)
  /// over the stream: how far unpacking in place runs ahead of its source (2.4).
  std::size_t output_lead = 0;
  std::uint32_t modification_time = 0;  ///< seconds since 1970, or 0
  std::string name;                     ///< of the original file, raw bytes
};

struct PackageReport {
  PackageFacts facts;
  std::vector<std::uint8_t> content;  ///< up to the first fault
  std::optional<PackageFault> fault;  ///< the first one found
  std::string fault_text;             ///< an error message
  LoaderOutcome outcome = LoaderOutcome::Installs;
};

/// The fault and the behaviour of a device, as one clause; empty without a fault.
[[nodiscard]] std::string explain(const PackageReport& report);

/// Reads `package` to its end or first fault. `largest_content` bounds what is unpacked.
[[nodiscard]] PackageReport inspect_package(Bytes package,
                                            std::size_t largest_content = kLargestFlashBytes);

struct Package {
  PackageFacts facts;
  std::vector<std::uint8_t> content;
};

/// A package without any fault: one member that unpacks completely, with correct CRC and size and
/// nothing after the trailer. Otherwise BrokenPackage, or DoesNotFit for TooLarge; the message says
/// the fault and what a device would do.
[[nodiscard]] Result<Package> check_package(Bytes package,
                                            std::size_t largest_content = kLargestFlashBytes);

/// Whether the web form of a device, which stages the package right above the running sketch of
/// `current_sketch` bytes, unpacks it without overwriting unread input (2.4).
[[nodiscard]] bool unpacks_in_place(const PackageFacts& facts, std::size_t current_sketch);

}  // namespace otatool::gzip
