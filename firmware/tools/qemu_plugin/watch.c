/* A plugin for QEMU. Records the executed instructions, and narrow accesses: loads and stores of
   less than a word in instruction memory or the flash window, where the chip faults and QEMU does
   not. -plugin watch.so,out=FILE writes lines `pc ADDRESS`, `narrow PC ADDRESS`, `instructions
   COUNT`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin_api.h"

/* Instruction memory and the flash window. */
enum {
  kWatchedStart = 0x40100000,
  kWatchedEnd = 0x40300000,
  kWatchedBytes = kWatchedEnd - kWatchedStart
};
enum { kMaxNarrow = 1000 };

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

struct block {
  uint64_t start;
  uint64_t end;
  size_t instructions;
};

static uint8_t executed[kWatchedBytes];
static uint64_t instructions;
static uint64_t narrow[kMaxNarrow][2];
static size_t narrow_count;
static char out_name[4096];

static bool watched(uint64_t address) {
  return address >= kWatchedStart && address < kWatchedEnd;
}

static void on_block(unsigned vcpu, void* data) {
  (void)vcpu;
  const struct block* const block = data;
  instructions += block->instructions;
  if (watched(block->start) && watched(block->end)) {
    memset(executed + (block->start - kWatchedStart), 1, (size_t)(block->end - block->start) + 1);
  }
}

static void on_access(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t address, void* data) {
  (void)vcpu;
  const uint64_t pc = (uintptr_t)data;
  if (qemu_plugin_mem_size_shift(info) < 2 && watched(address) && watched(pc) &&
      narrow_count < kMaxNarrow) {
    narrow[narrow_count][0] = pc;
    narrow[narrow_count][1] = address;
    ++narrow_count;
  }
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(tb);
  struct block* const block = malloc(sizeof(*block));
  if (block == NULL || count == 0) {
    free(block);
    return;
  }
  block->instructions = count;
  block->start = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));
  block->end = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, count - 1));
  qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, kNoRegisters, block);
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn* const insn = qemu_plugin_tb_get_insn(tb, i);
    qemu_plugin_register_vcpu_mem_cb(insn,
                                     on_access,
                                     kNoRegisters,
                                     kReadsAndWrites,
                                     (void*)(uintptr_t)qemu_plugin_insn_vaddr(insn));
  }
}

static void on_end(qemu_plugin_id_t id, void* data) {
  (void)id;
  (void)data;
  FILE* const out = fopen(out_name, "w");
  if (out == NULL) {
    return;
  }
  fprintf(out, "instructions %" PRIu64 "\n", instructions);
  for (size_t i = 0; i < narrow_count; ++i) {
    fprintf(out, "narrow %" PRIx64 " %" PRIx64 "\n", narrow[i][0], narrow[i][1]);
  }
  for (size_t i = 0; i < kWatchedBytes; ++i) {
    if (executed[i] != 0) {
      fprintf(out, "pc %zx\n", kWatchedStart + i);
    }
  }
  fclose(out);
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id,
                                                               const void* info,
                                                               int argc,
                                                               char** argv) {
  (void)info;
  for (int i = 0; i < argc; ++i) {
    if (strncmp(argv[i], "out=", 4) == 0) {
      snprintf(out_name, sizeof(out_name), "%s", argv[i] + 4);
    }
  }
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
  qemu_plugin_register_atexit_cb(id, on_end, NULL);
  return 0;
}
