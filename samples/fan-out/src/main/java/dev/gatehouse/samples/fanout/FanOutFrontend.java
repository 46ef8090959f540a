package dev.gatehouse.samples.fanout;

import dev.gatehouse.frontend.Frontend;
import dev.gatehouse.frontend.FrontendException;
import dev.gatehouse.frontend.GatewayClient;
import dev.gatehouse.frontend.Result;
import dev.gatehouse.frontend.SolveRequest;
import dev.gatehouse.frontend.kit.BaseImage;
import dev.gatehouse.frontend.kit.BuildContext;
import dev.gatehouse.frontend.kit.FrontendOptions;
import dev.gatehouse.frontend.kit.PlatformBuild;
import dev.gatehouse.llb.Constraints;
import dev.gatehouse.llb.CopyOptions;
import dev.gatehouse.llb.FileAction;
import dev.gatehouse.llb.MarshalOptions;
import dev.gatehouse.llb.Mount;
import dev.gatehouse.llb.State;
import dev.gatehouse.llb.oci.Platform;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds each part of a project in a step of its own, side by side, and only those that changed.
 * Which parts there are, a command tells: it runs while the build is planned.
 *
 * <pre>
 * base  alpine:3                              the image that commands run in
 * list  ls -d modules/*                       runs in the context, prints the folder of a part a line
 * each  make -C /src install DESTDIR=/out     runs for each; $PART is its folder
 * </pre>
 */
public final class FanOutFrontend implements Frontend {
  @Override
  public Result build(GatewayClient gateway) throws FrontendException, InterruptedException {
    FrontendOptions options = FrontendOptions.read(gateway.options());
    BuildContext context = BuildContext.of(gateway, options);
    Plan plan = Plan.parse(context.readEntrypoint("Plan").map());
    State project = context.mainContext(List.of());
    // The list is made once, on the platform that the build runs on.
    List<String> parts =
        PartList.find(gateway, options, plan, base(context, plan, null).state(), project);
    return PlatformBuild.run(
        options,
        (platform, index) -> {
          BaseImage base = base(context, plan, platform);
          State result = base.state();
          for (String part : parts) {
            State built =
                build(plan, part, base.state().network(options.networkMode()), project, platform);
            result =
                result.file(
                    FileAction.copy(
                        built, "/", "/", CopyOptions.builder().directoryContentsOnly(true).build()),
                    at(plan, plan.each(), "add " + part, platform));
          }
          return new PlatformBuild.Outcome(
              gateway.solve(SolveRequest.of(result.marshal(MarshalOptions.defaults()))).reference(),
              base.config().withCreated(null),
              base.config(),
              null);
        });
  }

  private static BaseImage base(BuildContext context, Plan plan, @Nullable Platform platform)
      throws FrontendException, InterruptedException {
    String name = plan.base().text();
    if (name.equals(BaseImage.SCRATCH)) {
      throw plan.fail(plan.base(), "no command runs in scratch", "take an image that has /bin/sh");
    }
    return BaseImage.load(context, name, platform, at(plan, plan.base(), "base " + name, platform));
  }

  /** What a part's command leaves in {@code /out}. It sees no other part, so it depends on none. */
  private static State build(
      Plan plan, String part, State base, State project, @Nullable Platform platform) {
    return base.env("PART", part)
        .directory("/src")
        .run()
        .args(List.of("/bin/sh", "-c", plan.each().text()))
        .mount(Mount.bind("/src", project).from("/" + part).asReadOnly())
        .mount(Mount.bind("/out", State.scratch()))
        .constraints(at(plan, plan.each(), "build " + part, platform))
        .build()
        .mount("/out");
  }

  /** What a step is called, and the line that it comes from: errors show it. */
  private static Constraints at(
      Plan plan, Plan.Line line, String name, @Nullable Platform platform) {
    return Constraints.builder()
        .platform(platform)
        .name(name)
        .location(plan.file(), Plan.ranges(line))
        .build();
  }
}
