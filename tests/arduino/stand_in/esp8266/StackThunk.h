// Stand-in for the core's second stack: declarations only.
#pragma once

extern "C" {
void stack_thunk_add_ref();
void stack_thunk_del_ref();
}

/// The core's macro defines the function thunk_NAME, in assembler.
#define make_stack_thunk(name)
