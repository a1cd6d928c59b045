// Upload forms on both sides: a reader never returns more of a file than announced, its result does
// not depend on the pieces, and it reads every form that the writer makes.
#include <string>
#include <string_view>

#include "otatool/bytes.hpp"
#include "otatool/http/form.hpp"

#include "firmware/core/form_reader.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace {

using namespace otatool;
using firmware::FormError;
using otatool::fuzz::FuzzInput;
using otatool::fuzz::require;

struct Taken final : firmware::FormSink {
  bool on_file(const char* field, const char*, uint32_t size) override {
    announced = size;
    name = field;
    return true;
  }
  bool on_bytes(const uint8_t* bytes, size_t length) override {
    content.append(reinterpret_cast<const char*>(bytes), length);
    require(content.size() <= announced, "content is at most as long as announced");
    return true;
  }
  bool on_file_end() override {
    require(content.size() == announced, "a file ends after the announced length");
    return true;
  }
  std::size_t announced = 0;
  std::string name;
  std::string content;
};

FormError read(std::string_view type, std::string_view body, std::size_t piece, Taken& taken) {
  firmware::FormReader reader(taken);
  FormError error = reader.begin(type.data(), type.size(), body.size());
  for (std::size_t at = 0; at < body.size() && error == FormError::None; at += piece) {
    const Bytes bytes = as_bytes(body.substr(at, piece));
    error = reader.write(bytes.data(), bytes.size());
  }
  return error == FormError::None ? reader.end() : error;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = input.byte() + 1U;
  const std::string type = "multipart/form-data; boundary=" + input.text(input.byte() % 4U);
  const std::string body = input.text(size);

  Taken whole;
  Taken pieces;
  const FormError first = read(type, body, body.size() + 1, whole);
  require(read(type, body, piece, pieces) == first, "the result does not depend on the pieces");
  require(first == FormError::None ? whole.content == pieces.content
                                   : whole.content.starts_with(pieces.content) ||
                                         pieces.content.starts_with(whole.content),
          "the result does not depend on the pieces for the content");

  const std::string boundary = "otatool-0123456789abcdef";
  if (!http::occurs_in(boundary, as_bytes(body))) {
    const http::Form form = http::make_form(
        {.raw = false, .parts = {}, .field = "firmware", .file_name = http::form_file_name(type)},
        boundary);
    Taken back;
    require(read(form.content_type, form.head + body + form.tail, piece, back) == FormError::None,
            "what was written can be read");
    require(back.content == body && back.name == "firmware", "a written form reads back unchanged");
  }
  return 0;
}
