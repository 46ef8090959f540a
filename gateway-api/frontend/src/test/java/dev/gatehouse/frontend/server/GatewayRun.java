package dev.gatehouse.frontend.server;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.llb.Definition;
import dev.gatehouse.llb.ImageSource;
import dev.gatehouse.llb.MarshalOptions;

/** Frontends that run against a gateway over the transport under test. */
interface GatewayRun {
  FakeBackend backend();

  GatewayService service();

  /** Runs the frontend against the service over the transport. */
  void run(Frontend frontend, GatewayService service, GatewayClients.Facts facts) throws Exception;

  /** Runs the frontend against {@link #service} and gives what it returned. */
  Result build(Frontend frontend) throws Exception;

  static Definition image(String name) {
    return ImageSource.of(name).state().marshal(MarshalOptions.defaults());
  }
}
