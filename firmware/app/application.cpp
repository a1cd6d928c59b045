#include "firmware/app/application.hpp"

#include "otatool/wire/application_description.hpp"

namespace otatool::firmware {

extern "C" [[gnu::section(".application_description"),
             gnu::used]] const wire::ApplicationDescription application_description = {
    wire::kApplicationDescriptionMagic, APP_VERSION};
const uint32_t kApplicationVersion = APP_VERSION;
const Behaviour kBehaviour = Behaviour::APP_BEHAVIOUR;

}  // namespace otatool::firmware
