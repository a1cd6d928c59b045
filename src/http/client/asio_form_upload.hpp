// One attempt to upload an image through a device's web server: performs the steps of a FormPlan.
// One device, no retries.
#pragma once

#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>  // wants <utility> before it in Boost 1.74
#include <boost/asio/steady_timer.hpp>

#include "otatool/delivery/transfer.hpp"
#include "otatool/http/form_plan.hpp"
#include "otatool/http/push.hpp"

#include "http/client/asio_device_client.hpp"

namespace otatool::http {

class AsioFormUpload {
 public:
  /// Every reference must outlive this object.
  AsioFormUpload(boost::asio::io_context& context,
                 AsioDeviceClient& client,
                 const PushTiming& timing,
                 const delivery::Listener& listener);

  /// Nothing if the device accepted the image.
  [[nodiscard]] boost::asio::awaitable<std::optional<Error>> send(FormOrder order, Bytes image);
  /// Ends a pause; AsioDeviceClient::interrupt() ends a request.
  void interrupt();

 private:
  boost::asio::steady_timer pause_;
  AsioDeviceClient& client_;
  const PushTiming& timing_;
  const delivery::Listener& report_;
};

}  // namespace otatool::http
