// The memory that picolibc's malloc asks for: what lies between the variables and the stack.
#include <errno.h>
#include <stddef.h>

extern "C" {

extern char _heap_start[];
extern char _heap_end[];

void* sbrk(ptrdiff_t increment) {
  static char* top = _heap_start;
  if (increment > _heap_end - top || increment < _heap_start - top) {
    errno = ENOMEM;
    return reinterpret_cast<void*>(-1);
  }
  char* const before = top;
  top += increment;
  return before;
}

}  // extern "C"
