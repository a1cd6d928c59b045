// Counts the cycles of a receiver's computations: digests, a signature, a package. Run under
// -icount, which ties the emulator's clock to its instructions. Input in flash: at kSigned a digest
// and its signature, at kPackage the length of a package and the package.
#include "firmware/app/cached_flash.hpp"
#include "firmware/app/rsa_verifier.hpp"
#include "firmware/app/settings.hpp"
#include "firmware/core/boot/journal_installer.hpp"
#include "firmware/core/boot/trial.hpp"
#include "firmware/core/digest/md5.hpp"
#include "firmware/core/digest/software_sha256.hpp"
#include "firmware/core/mdns/announcer.hpp"
#include "firmware/core/package/package_source.hpp"
#include "firmware/core/pull/pull_client.hpp"
#include "firmware/core/receiver.hpp"
#include "firmware/qemu/board/board.hpp"

// The toolchain lacks <new>.
inline void* operator new(size_t, void* place) noexcept {
  return place;
}

namespace otatool::firmware {
namespace {

constexpr uint32_t kFlashSize = 0x400000;
constexpr uint32_t kSigned = 0x200000;
constexpr uint32_t kPackage = 0x201000;
constexpr uint32_t kDigestedBytes = 16384;

alignas(4) uint8_t window[Inflater::kWindowBytes];
alignas(Inflater) uint8_t inflater_memory[sizeof(Inflater)];
alignas(4) uint8_t signed_digest[Sha256::kDigestLength + 512];
Settings settings;

void report(const char* what, uint32_t units, uint32_t cycles) {
  board::print("bench: ");
  board::print(what);
  board::print(" ");
  board::print_number(units);
  board::print(" ");
  board::print_number(cycles);
  board::print("\n");
}

void measure_digests() {
  uint8_t digest[Sha256::kDigestLength];
  const uint32_t md5_begin = board::cycles();
  Md5 md5;
  md5.update(window, kDigestedBytes);
  md5.finish(digest);
  const uint32_t sha_begin = board::cycles();
  SoftwareSha256 sha256;
  sha256.begin();
  sha256.update(window, kDigestedBytes);
  sha256.finish(digest);
  const uint32_t end = board::cycles();
  report("md5", kDigestedBytes, sha_begin - md5_begin);
  report("sha256", kDigestedBytes, end - sha_begin);
}

void measure_signature(CachedFlash& flash) {
  read_settings(flash, settings);
  flash.read(kSigned, signed_digest, sizeof(signed_digest));
  RsaVerifier verifier(
      {settings.modulus, settings.modulus_length, settings.exponent, settings.exponent_length});
  const uint32_t begin = board::cycles();
  const bool good =
      verifier.verify(signed_digest, signed_digest + Sha256::kDigestLength) == UpdateError::None;
  const uint32_t end = board::cycles();
  report(good ? "rsa" : "rsa-refused", settings.modulus_length * 8, end - begin);
}

void measure_inflate(CachedFlash& flash) {
  auto* const inflater = new (inflater_memory) Inflater(window);
  uint32_t length = 0;
  flash.read(kPackage, &length, sizeof(length));
  PackageSource source(flash, kPackage + sizeof(length), length);
  const uint32_t begin = board::cycles();
  const InflateResult result = inflater->run(source, nullptr, kFlashSize);
  const uint32_t end = board::cycles();
  report(
      result == InflateResult::Ok ? "inflate" : "inflate-refused", inflater->size(), end - begin);
}

// The core has no global variables: these objects are all its memory.
void report_memory() {
  report("ram-receiver",
         sizeof(Receiver) + sizeof(Updater) + sizeof(Authenticator) + sizeof(Trial) +
             sizeof(JournalInstaller) + sizeof(SoftwareSha256),
         0);
  report("ram-inflater", sizeof(Inflater), 0);
  report("ram-pull", sizeof(PullClient), 0);
  report("ram-announcer", sizeof(Announcer), 0);
}

}  // namespace
}  // namespace otatool::firmware

extern "C" {

void app_fault(uint32_t, uint32_t) {
  otatool::firmware::board::print("bench: fault\n");
  for (;;) {
  }
}

void app_main() {
  using namespace otatool::firmware;
  CachedFlash flash(kFlashSize);
  measure_digests();
  measure_signature(flash);
  measure_inflate(flash);
  report_memory();
  board::print("bench: end\n");
  for (;;) {
  }
}

}  // extern "C"
