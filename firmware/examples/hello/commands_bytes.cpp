#include <string.h>

#include "firmware/examples/hello/aes128.hpp"
#include "firmware/examples/hello/console.hpp"
#include "firmware/examples/hello/crc32.hpp"
#include "firmware/examples/hello/digest.hpp"
#include "firmware/examples/hello/shell.hpp"

namespace otatool::hello {
namespace {

const uint8_t* as_bytes(const char* text) {
  return reinterpret_cast<const uint8_t*>(text);
}

void print_hex(const uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    printf_line("%02x", bytes[i]);
  }
  print("\n");
}

void show_md5(char* text) {
  print_hex(md5(as_bytes(text), strlen(text)).bytes, Md5::kBytes);
}
void show_sha256(char* text) {
  print_hex(sha256(as_bytes(text), strlen(text)).bytes, Sha256::kBytes);
}
void show_sha512(char* text) {
  print_hex(sha512(as_bytes(text), strlen(text)).bytes, Sha512::kBytes);
}
void show_crc32(char* text) {
  printf_line("%08lx\n", static_cast<unsigned long>(crc32(as_bytes(text), strlen(text))));
}

// The key is the MD5 of the first word, the blocks are the rest of the line, filled up with zeros.
void show_aes(char* text) {
  const char* const password = next_word(text);
  if (password == nullptr) {
    print("aes: a password is needed\n");
    return;
  }
  const Md5 key = md5(as_bytes(password), strlen(password));
  const Aes128 cipher(key.bytes);
  for (size_t left = strlen(text); left > 0;) {
    uint8_t block[16] = {};
    const size_t taken = left < sizeof block ? left : sizeof block;
    memcpy(block, text, taken);
    cipher.encrypt(block);
    print_hex(block, sizeof block);
    text += taken;
    left -= taken;
  }
}

}  // namespace

const Command kByteCommands[5] = {{"md5", "digest of the rest of the line", show_md5},
                                  {"sha256", "digest of the rest of the line", show_sha256},
                                  {"sha512", "digest of the rest of the line", show_sha512},
                                  {"crc32", "checksum of the rest of the line", show_crc32},
                                  {"aes", "encrypt text under a password", show_aes}};

}  // namespace otatool::hello
