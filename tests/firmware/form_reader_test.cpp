#include "firmware/core/form_reader.hpp"

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otatool/bytes.hpp"
#include "otatool/http/form.hpp"

namespace otatool::firmware {
namespace {

struct ReceivedFile final : FormSink {
  bool on_file(const char* field_name, const char* name, uint32_t size) override {
    field = field_name;
    file_name = name;
    announced = size;
    ++begun;
    return !refuses_file;
  }
  bool on_bytes(const uint8_t* bytes, size_t length) override {
    content.append(reinterpret_cast<const char*>(bytes), length);
    return content.size() <= refuses_after;
  }
  bool on_file_end() override {
    ++ended;
    return true;
  }

  std::string field;
  std::string file_name;
  uint32_t announced = 0;
  std::string content;
  int begun = 0;
  int ended = 0;
  bool refuses_file = false;
  std::size_t refuses_after = SIZE_MAX;
};

constexpr std::string_view kType = "multipart/form-data; boundary=X";

struct Reading {
  FormError error;
  ReceivedFile file;
};

FormError feed(FormReader& reader, std::string_view bytes) {
  return reader.write(as_bytes(bytes).data(), bytes.size());
}

Reading read(std::string_view type, std::string_view body, std::size_t piece = SIZE_MAX) {
  Reading reading{};
  FormReader reader(reading.file);
  reading.error = reader.begin(type.data(), type.size(), body.size());
  for (std::size_t at = 0; at < body.size() && reading.error == FormError::None; at += piece) {
    reading.error = feed(reader, body.substr(at, piece));
    if (piece == SIZE_MAX) {
      break;
    }
  }
  if (reading.error == FormError::None) {
    reading.error = reader.end();
  }
  return reading;
}

std::string body_with(std::string_view content) {
  return "--X\r\nContent-Disposition: form-data; name=\"firmware\"; filename=\"fw.bin\"\r\n"
         "Content-Type: application/octet-stream\r\n\r\n" +
         std::string(content) + "\r\n--X--\r\n";
}

/// Content with many partial delimiters.
const std::string kHardContent = "\r\r\n\r\n-\r\n--\r\n--Y\r\n\r\n--\r\r\n--\r\n--\r\n-X--X\r\n--" +
                                 std::string(300, '\r') + std::string("\0\xFF\xE9", 3);

TEST(FormReader, ReadsTheFileWholeAndInPiecesOfAnySize) {
  const std::string body = body_with(kHardContent);
  for (const std::size_t piece : {SIZE_MAX,
                                  std::size_t{1},
                                  std::size_t{2},
                                  std::size_t{3},
                                  std::size_t{7},
                                  std::size_t{64},
                                  body.size() - 1}) {
    const Reading reading = read(kType, body, piece);
    EXPECT_EQ(reading.error, FormError::None) << piece;
    EXPECT_EQ(reading.file.content, kHardContent) << piece;
    EXPECT_EQ(reading.file.field, "firmware");
    EXPECT_EQ(reading.file.file_name, "fw.bin");
    EXPECT_EQ(reading.file.announced, kHardContent.size());
    EXPECT_EQ(reading.file.ended, 1);
  }
}

TEST(FormReader, ReadsTheFileSplitAtEachPlace) {
  const std::string body = body_with("\r\n--\r\n-\r\nimage\r\n--");
  for (std::size_t at = 0; at <= body.size(); ++at) {
    ReceivedFile file;
    FormReader reader(file);
    ASSERT_EQ(reader.begin(kType.data(), kType.size(), body.size()), FormError::None);
    EXPECT_EQ(feed(reader, std::string_view(body).substr(0, at)), FormError::None);
    EXPECT_EQ(feed(reader, std::string_view(body).substr(at)), FormError::None);
    EXPECT_EQ(reader.end(), FormError::None) << at;
    EXPECT_EQ(file.content, "\r\n--\r\n-\r\nimage\r\n--") << at;
  }
}

TEST(FormReader, ReadsTheFormsOfOtatoolPush) {
  const auto form = http::make_form(
      {.raw = false, .parts = {}, .field = "filesystem", .file_name = "littlefs.bin"},
      "otatool-0011223344556677");
  const Reading reading = read(form.content_type, form.head + kHardContent + form.tail, 100);
  EXPECT_EQ(reading.error, FormError::None);
  EXPECT_EQ(reading.file.field, "filesystem");
  EXPECT_EQ(reading.file.content, kHardContent);
  EXPECT_EQ(reading.file.announced, kHardContent.size());
}

TEST(FormReader, SkipsOtherFieldsAndAcceptsOtherSpellings) {
  const Reading reading = read(
      "Multipart/Form-Data; charset=utf-8; BOUNDARY=\"a b\"",
      "--a b\r\ncontent-disposition: form-data; name=md5\r\n\r\n0123\r\n"
      "--a b\t\r\nContent-Type: x/y\r\nCONTENT-DISPOSITION: form-data;filename=\"q\\\"=;.bin\";"
      "name=\"firm;ware\"\r\n\r\nbytes\r\n--a b--\r\n");
  EXPECT_EQ(reading.error, FormError::None);
  EXPECT_EQ(reading.file.field, "firm;ware");
  EXPECT_EQ(reading.file.file_name, "q\"=;.bin");
  EXPECT_EQ(reading.file.content, "bytes");
}

TEST(FormReader, AcceptsAnEmptyFile) {
  const Reading reading = read(kType, body_with(""));
  EXPECT_EQ(reading.error, FormError::None);
  EXPECT_EQ(reading.file.announced, 0U);
  EXPECT_EQ(reading.file.ended, 1);
}

TEST(FormReader, RefusesOtherContentTypes) {
  for (const std::string_view type : {"",
                                      "text/plain",
                                      "multipart/form-data",
                                      "multipart/form-data; boundary=",
                                      "multipart/form-data; boundary=\"\"",
                                      "application/x-www-form-urlencoded; boundary=X",
                                      "multipart/form-data; x=\"boundary=X\""}) {
    EXPECT_EQ(read(type, body_with("x")).error, FormError::NotMultipart) << type;
  }
  const std::string long_boundary(71, 'b');
  EXPECT_EQ(read("multipart/form-data; boundary=" + long_boundary, "x").error,
            FormError::NotMultipart);
}

TEST(FormReader, RefusesInvalidBodies) {
  const std::string good = body_with("image");
  EXPECT_EQ(read(kType, "\r\n" + good).error, FormError::Boundary);
  EXPECT_EQ(read(kType, "--Y" + good.substr(3)).error, FormError::Boundary);
  EXPECT_EQ(read(kType, "--X--\r\n").error, FormError::NoFile);
  EXPECT_EQ(read(kType, "--Xx\r\n" + good.substr(5)).error, FormError::Boundary);
  EXPECT_EQ(read(kType, "--X\r\nContent-Type: a/b\r\n\r\nx\r\n--X--\r\n").error, FormError::Header);
  EXPECT_EQ(read(kType, "--X\r\n" + std::string(300, 'h') + "\r\n\r\n").error, FormError::Header);
  EXPECT_EQ(read(kType, "--X\r\nContent-Disposition: form-data\n\n").error, FormError::Header);
  EXPECT_EQ(read(kType, good.substr(0, good.size() - 3)).error, FormError::Length);
  EXPECT_EQ(read(kType, "").error, FormError::Length);
}

TEST(FormReader, RefusesAPartAfterTheFile) {
  const std::string second = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n";
  const std::string body = body_with("image");
  const std::string two = body.substr(0, body.size() - 7) + second + "--X--\r\n";
  const Reading reading = read(kType, two);
  EXPECT_EQ(reading.error, FormError::SecondFile);
  EXPECT_EQ(reading.file.ended, 0);
  EXPECT_EQ(read(kType, body + "more").file.ended, 0);
}

TEST(FormReader, TheFileIsCompleteOnlyWhenTheFormHasEnded) {
  std::string damaged = body_with("image");
  damaged[damaged.size() - 3] = 'x';
  const Reading reading = read(kType, damaged);
  EXPECT_EQ(reading.error, FormError::Boundary);
  EXPECT_EQ(reading.file.content, "image");
  EXPECT_EQ(reading.file.ended, 0);

  const std::string body = body_with("image");
  for (std::size_t missing = 1; missing <= 4; ++missing) {
    ReceivedFile file;
    FormReader cut(file);
    ASSERT_EQ(cut.begin(kType.data(), kType.size(), body.size()), FormError::None);
    EXPECT_EQ(feed(cut, std::string_view(body).substr(0, body.size() - missing)), FormError::None);
    EXPECT_EQ(file.content, "image");
    EXPECT_EQ(cut.end(), FormError::Length) << missing;
    EXPECT_EQ(file.ended, 0);
  }
}

TEST(FormReader, RefusesABodyLongerThanAnnounced) {
  ReceivedFile file;
  FormReader reader(file);
  const std::string body = body_with("image");
  ASSERT_EQ(reader.begin(kType.data(), kType.size(), body.size()), FormError::None);
  EXPECT_EQ(feed(reader, body), FormError::None);
  EXPECT_EQ(feed(reader, "x"), FormError::Length);
  EXPECT_EQ(reader.end(), FormError::Length);
}

TEST(FormReader, StopsWhenTheSinkRefuses) {
  const std::string body = body_with(std::string(1000, 'i'));
  ReceivedFile file;
  file.refuses_after = 10;
  FormReader reader(file);
  ASSERT_EQ(reader.begin(kType.data(), kType.size(), body.size()), FormError::None);
  EXPECT_EQ(feed(reader, body), FormError::Sink);
  EXPECT_EQ(feed(reader, "x"), FormError::Sink);
  EXPECT_EQ(reader.end(), FormError::Sink);
  ReceivedFile none;
  none.refuses_file = true;
  FormReader second(none);
  ASSERT_EQ(second.begin(kType.data(), kType.size(), body.size()), FormError::None);
  EXPECT_EQ(feed(second, body), FormError::Sink);
  EXPECT_EQ(none.content, "");
}

TEST(FormReader, CutsLongNames) {
  const std::string name(80, 'n');
  const Reading reading = read(kType,
                               "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"" +
                                   name + "\"\r\n\r\nx\r\n--X--\r\n");
  EXPECT_EQ(reading.error, FormError::None);
  EXPECT_EQ(reading.file.file_name, std::string(kMaxFormName, 'n'));
}

TEST(FormReader, ReadsNothingBeforeBegin) {
  ReceivedFile file;
  FormReader reader(file);
  EXPECT_EQ(feed(reader, "--X"), FormError::NotMultipart);
  EXPECT_STRNE(describe(FormError::Boundary), describe(FormError::Length));
}

}  // namespace
}  // namespace otatool::firmware
