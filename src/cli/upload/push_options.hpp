// Reads the options of uploads through web forms.
#pragma once

#include "otatool/http/push.hpp"
#include "otatool/result.hpp"

#include "cli/frame/command.hpp"
#include "cli/frame/invocation.hpp"

namespace otatool::cli {

inline constexpr Option kFieldOption = {
    .name = "field", .value = "NAME", .help = "name of the file's field in the form"};
inline constexpr Option kExtraOption = {.name = "extra",
                                        .value = "NAME=VALUE",
                                        .help = "another part of the form, before the file",
                                        .repeatable = true};
inline constexpr Option kUserOption = {
    .name = "user", .value = "NAME", .help = "user name for the form (admin)"};
inline constexpr Option kAuthOption = {
    .name = "auth",
    .value = "auto|basic|digest",
    .help = "authentication scheme; basic: send the password unasked (auto)"};
inline constexpr Option kCaOption = {
    .name = "ca", .value = "FILE", .help = "trust the certificates in FILE (PEM) for https"};
inline constexpr Option kInsecureOption = {.name = "insecure",
                                           .help = "do not verify the certificate"};

/// Times, form field and certificates. Usage; FileUnreadable for a certificate file.
[[nodiscard]] Result<http::PushOptions> read_push_options(Invocation& invocation);

}  // namespace otatool::cli
