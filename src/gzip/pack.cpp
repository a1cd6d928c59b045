#include "otatool/gzip/pack.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <libdeflate.h>
#include <memory>
#include <new>
#include <string>
#include <zopfli/zopfli.h>

#include "otatool/gzip/validate.hpp"
#include "otatool/wire/gzip_header.hpp"

namespace otatool::gzip {
namespace {

using Buffer = std::vector<std::uint8_t>;

/// The loader reads the unpacked size as a signed number of 32 bits.
constexpr std::size_t kContentLimit = std::size_t{1} << 31U;

constexpr std::uint8_t kBestCompression = 2;     // XFL of RFC 1952
constexpr std::uint8_t kFastestCompression = 4;  // XFL of RFC 1952

std::uint8_t extra_flags(const PackOptions& options) {
  if (options.compressor == Compressor::Zopfli || options.level >= 8) {
    return kBestCompression;
  }
  return options.level == kSmallestLevel ? kFastestCompression : 0;
}

Buffer deflate_by_libdeflate(Bytes content, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  if (!compressor) {
    throw std::bad_alloc();
  }
  Buffer stream(libdeflate_deflate_compress_bound(compressor.get(), content.size()));
  const std::size_t length = libdeflate_deflate_compress(
      compressor.get(), content.data(), content.size(), stream.data(), stream.size());
  stream.resize(length);
  return stream;
}

Buffer deflate_by_zopfli(Bytes content) {
  ZopfliOptions options{};
  ZopfliInitOptions(&options);
  unsigned char* bytes = nullptr;
  std::size_t length = 0;
  ZopfliCompress(&options, ZOPFLI_FORMAT_DEFLATE, content.data(), content.size(), &bytes, &length);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes, &std::free);
  return {bytes, bytes + length};
}

void append_little_endian(Buffer& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

/// The shortest header that aligns the length of a member with `rest` further bytes.
Buffer aligned_header(std::size_t rest, std::uint8_t xfl) {
  const std::size_t length = wire::kGzipFixedHeaderLength + rest;
  const std::size_t padding = (kPackageAlignment - length % kPackageAlignment) % kPackageAlignment;
  Buffer header = {wire::kGzipMagic1, wire::kGzipMagic2, wire::kGzipMethodDeflate};
  header.push_back(padding > 0 ? wire::kGzipComment : std::uint8_t{0});
  append_little_endian(header, 0);
  header.push_back(xfl);
  header.push_back(wire::kGzipUnknownOs);
  if (padding > 0) {
    header.insert(header.end(), padding - 1, ' ');
    header.push_back(0);
  }
  return header;
}

}  // namespace

Result<Buffer> pack(Bytes content, PackOptions options) {
  if (content.empty()) {
    return fail(Errc::NotAnImage, "nothing to pack: the image is empty");
  }
  if (content.size() >= kContentLimit) {
    return fail(Errc::DoesNotFit,
                "cannot pack " + std::to_string(content.size()) + " bytes: the limit is " +
                    std::to_string(kContentLimit - 1));
  }
  const bool by_zopfli = options.compressor == Compressor::Zopfli;
  if (!by_zopfli && (options.level < kSmallestLevel || options.level > kLargestLevel)) {
    return fail(Errc::Usage, "no compression level " + std::to_string(options.level));
  }
  const Buffer stream =
      by_zopfli ? deflate_by_zopfli(content) : deflate_by_libdeflate(content, options.level);
  Buffer package = aligned_header(stream.size() + wire::kGzipTrailerLength, extra_flags(options));
  package.reserve(package.size() + stream.size() + wire::kGzipTrailerLength);
  package.insert(package.end(), stream.begin(), stream.end());
  append_little_endian(package, libdeflate_crc32(0, content.data(), content.size()));
  append_little_endian(package, static_cast<std::uint32_t>(content.size()));
  return package;
}

Result<Buffer> align_package(Bytes package, std::size_t largest_content) {
  TRY(const auto checked, check_package(package, largest_content));
  if (package.size() % kPackageAlignment == 0) {
    return Buffer(package.begin(), package.end());
  }
  constexpr std::size_t kXflOffset = 8;
  const Bytes rest = package.subspan(checked.facts.header_length);
  Buffer aligned = aligned_header(rest.size(), package[kXflOffset]);
  aligned.insert(aligned.end(), rest.begin(), rest.end());
  return aligned;
}

}  // namespace otatool::gzip
