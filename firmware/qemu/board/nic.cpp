#include "firmware/qemu/board/nic.hpp"

namespace otatool::firmware::board {
namespace {

constexpr uint32_t kRegisters = 0xFD030000;
constexpr uint32_t kDescriptors = 0xFD030400;
/// More than the four full segments of a TCP window, because a sender may use shorter segments. A
/// frame without a free buffer is lost.
constexpr uint32_t kReceiveCount = 8;

enum Register : uint32_t {
  kMode = 0x00,
  kInterruptSource = 0x04,
  kInterruptMask = 0x08,
  kPacketLength = 0x18,
  kTransmitCount = 0x20,
  kMac0 = 0x40,
  kMac1 = 0x44,
  kHash0 = 0x48,
  kHash1 = 0x4C,
};
constexpr uint32_t kModeReset = 0x800;
constexpr uint32_t kModeOn = 0x3;
constexpr uint32_t kReceivedOrBusy = 0x14;
constexpr uint32_t kReady = 0x8000;  // transmit descriptor: to be sent; receive descriptor: empty
constexpr uint32_t kReceiveInterrupt = 0x4000;
constexpr uint32_t kWrap = 0x2000;
constexpr uint32_t kPadAndChecksum = 0x1800;
constexpr uint32_t kChecksumBytes = 4;

alignas(4) uint8_t received[kReceiveCount][kMaxFrame];
alignas(4) uint8_t outgoing[kMaxFrame];
uint32_t next = 0;

volatile uint32_t& reg(uint32_t offset) {
  return *reinterpret_cast<volatile uint32_t*>(kRegisters + offset);
}
// Descriptor 0 is for transmitting, the others are for receiving.
volatile uint32_t& state_of(uint32_t descriptor) {
  return *reinterpret_cast<volatile uint32_t*>(kDescriptors + 8 * descriptor);
}
volatile uint32_t& buffer_of(uint32_t descriptor) {
  return *reinterpret_cast<volatile uint32_t*>(kDescriptors + 8 * descriptor + 4);
}

uint32_t address(const void* memory) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(memory));
}

void offer(uint32_t index) {
  buffer_of(1 + index) = address(received[index]);
  state_of(1 + index) = kReady | kReceiveInterrupt | (index == kReceiveCount - 1 ? kWrap : 0);
}

}  // namespace

void nic_begin(const uint8_t* mac) {
  reg(kMode) = kModeReset;
  reg(kMode) = 0;
  reg(kTransmitCount) = 1;
  reg(kMac0) = static_cast<uint32_t>(mac[2]) << 24U | static_cast<uint32_t>(mac[3]) << 16U |
               static_cast<uint32_t>(mac[4]) << 8U | mac[5];
  reg(kMac1) = static_cast<uint32_t>(mac[0]) << 8U | mac[1];
  // Accepts every multicast group; lwIP filters.
  reg(kHash0) = 0xFFFFFFFF;
  reg(kHash1) = 0xFFFFFFFF;
  reg(kPacketLength) = 64U << 16U | kMaxFrame;
  state_of(0) = 0;
  for (uint32_t i = 0; i < kReceiveCount; ++i) {
    offer(i);
  }
  next = 0;
  reg(kInterruptSource) = 0x7F;
  reg(kInterruptMask) = kReceivedOrBusy;
  reg(kMode) = kModeOn;
}

void nic_end() {
  reg(kMode) = 0;
  reg(kInterruptMask) = 0;
}

bool nic_ready() {
  return (state_of(1 + next) & kReady) == 0;
}

const uint8_t* nic_frame(size_t& length) {
  if (!nic_ready()) {
    return nullptr;
  }
  const uint32_t with_checksum = state_of(1 + next) >> 16U;
  length = with_checksum > kChecksumBytes ? with_checksum - kChecksumBytes : 0;
  return received[next];
}

void nic_release() {
  offer(next);
  next = (next + 1) % kReceiveCount;
}

uint8_t* nic_outgoing() {
  return outgoing;
}

void nic_send(size_t length) {
  buffer_of(0) = address(outgoing);
  state_of(0) = static_cast<uint32_t>(length) << 16U | kReady | kPadAndChecksum | kWrap;
  while ((state_of(0) & kReady) != 0) {
  }
}

}  // namespace otatool::firmware::board
