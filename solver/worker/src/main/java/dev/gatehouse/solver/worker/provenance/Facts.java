package dev.gatehouse.solver.worker.provenance;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.gatehouse.protocol.pb.Definition;
import dev.gatehouse.protocol.pb.ExecOp;
import dev.gatehouse.protocol.pb.Mount;
import dev.gatehouse.protocol.pb.NetMode;
import dev.gatehouse.protocol.pb.Op;
import dev.gatehouse.protocol.pb.SecretEnv;
import java.util.Map;
import java.util.TreeMap;

/** What the processes of definitions could reach; used by one thread. */
final class Facts {
  private boolean network;
  private final Map<String, Boolean> secrets = new TreeMap<>();
  private final Map<String, Boolean> agents = new TreeMap<>();

  void add(Definition definition) {
    try {
      for (ByteString bytes : definition.getDefList()) {
        Op op = Op.parseFrom(bytes);
        if (op.hasExec()) {
          add(op.getExec());
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a definition", e);
    }
  }

  private void add(ExecOp exec) {
    network |= exec.getNetwork() != NetMode.NONE;
    for (Mount m : exec.getMountsList()) {
      if (m.hasSecretOpt()) {
        secrets.merge(
            m.getSecretOpt().getID(), m.getSecretOpt().getOptional(), Boolean::logicalAnd);
      }
      if (m.hasSSHOpt()) {
        agents.merge(m.getSSHOpt().getID(), m.getSSHOpt().getOptional(), Boolean::logicalAnd);
      }
    }
    for (SecretEnv s : exec.getSecretenvList()) {
      secrets.merge(s.getID(), s.getOptional(), Boolean::logicalAnd);
    }
  }

  /** Whether one of them had a network. */
  boolean network() {
    return network;
  }

  /** Ids of secrets, with whether all who wanted one could do without. */
  Map<String, Boolean> secrets() {
    return secrets;
  }

  /** Ids of agents, likewise. */
  Map<String, Boolean> agents() {
    return agents;
  }
}
