// The transport by web forms: one POST to the page where a browser would upload the image.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "otatool/http/family.hpp"
#include "otatool/image/upload_check.hpp"

#include "app/examined_file.hpp"
#include "app/transports/transport.hpp"

namespace otatool::app {

[[nodiscard]] Result<delivery::Deliveries> form_deliveries(const ExaminedFile& file,
                                                           std::span<const KnownTarget> targets,
                                                           const TransportSettings& settings);
/// Whether the announcement names a firmware that has a form (field-firmwares.md 2, rows 1, 3 and
/// 4).
[[nodiscard]] bool takes_form(const mdns::Device& device);

inline constexpr Transport kFormTransport = {Via::Form, "form", takes_form, form_deliveries};

/// The user of the forms of all families that have one (espota.md 5.1, field-firmwares.md).
inline constexpr std::string_view kDefaultUser = "admin";
/// No path: that of the device's family.
inline constexpr std::string_view kDefaultForm = "/";

/// The same, to make the devices fetch the image at `image_url`.
[[nodiscard]] Result<delivery::Deliveries> fetch_deliveries(const std::string& image_url,
                                                            std::span<const KnownTarget> targets,
                                                            const TransportSettings& settings);

/// What speaks against the image for a device that has told what it runs: one error that names the
/// checks, without the overridden ones. `file` must outlive the function.
[[nodiscard]] std::function<std::optional<Error>(const http::DeviceIdentity&)> device_check(
    const ExaminedFile& file, std::set<image::UploadCheck> overridden, std::string file_name);

/// The form of a target: the URL that the user wrote, or the usual one of its host.
[[nodiscard]] http::Url form_url(const KnownTarget& known);

}  // namespace otatool::app
