// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vernier::engine {

// The deleter of a unique_ptr that owns an object of a C library.
template <auto release>
struct Releaser {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};

}  // namespace vernier::engine
