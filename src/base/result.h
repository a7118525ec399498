// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace vernier {

// What went wrong, as far as a caller can act on it. The kind decides the exit code (cli/exit_code.h)
// and the HTTP status (server/status.h); the message is for people.
enum class ErrorKind {
  invalid_input,
  not_found,
  too_large,
  denied,
  conflict,
  unavailable,
  timed_out,
  cancelled,
  corrupt
};

// An operation that failed: why, where and, if the user can mend it, how. Messages are one line, start
// in lower case, end without a period, and never hold a secret.
struct Error {
  ErrorKind kind = ErrorKind::corrupt;
  std::string message;
  int retry_after_s = 0;  // how long the other side asked to wait before the next try; 0 where it did not

  // The same error with the caller's activity in front: "store artifact: rename: disk full".
  Error during(std::string_view activity) const& {
    return {kind, std::string(activity) + ": " + message, retry_after_s};
  }
};

// A value or an Error. Dropping one unread is a compiler warning, hence an error.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Precondition: ok().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !ok().
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

// Success without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() : state_(std::in_place_index<0>) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  void value() const {}
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<std::monostate, Error> state_;
};

using Status = Result<void>;

inline Error invalid_input(std::string message) {
  return {ErrorKind::invalid_input, std::move(message)};
}
inline Error not_found(std::string message) {
  return {ErrorKind::not_found, std::move(message)};
}
inline Error too_large(std::string message) {
  return {ErrorKind::too_large, std::move(message)};
}
inline Error denied(std::string message) {
  return {ErrorKind::denied, std::move(message)};
}
inline Error conflict(std::string message) {
  return {ErrorKind::conflict, std::move(message)};
}
inline Error unavailable(std::string message) {
  return {ErrorKind::unavailable, std::move(message)};
}
inline Error timed_out(std::string message) {
  return {ErrorKind::timed_out, std::move(message)};
}
inline Error cancelled(std::string message) {
  return {ErrorKind::cancelled, std::move(message)};
}
inline Error corrupt(std::string message) {
  return {ErrorKind::corrupt, std::move(message)};
}

}  // namespace vernier

// Unwraps a Result or returns its Error from the enclosing function, which returns a Result itself.
#define TRY(expression)                                \
  __extension__({                                      \
    auto try_result_ = (expression);                   \
    if (!try_result_.ok()) return try_result_.error(); \
    std::move(try_result_).value();                    \
  })

// The same, with the caller's activity put in front of the message.
#define TRY_DURING(activity, expression)                                \
  __extension__({                                                       \
    auto try_result_ = (expression);                                    \
    if (!try_result_.ok()) return try_result_.error().during(activity); \
    std::move(try_result_).value();                                     \
  })

// A bug, not a failure: says where and aborts, also in release builds.
#define CHECK(condition)                                                                 \
  do {                                                                                   \
    if (!(condition)) {                                                                  \
      std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
