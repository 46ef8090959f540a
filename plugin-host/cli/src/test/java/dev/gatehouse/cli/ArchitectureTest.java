package dev.gatehouse.cli;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The directions of the house: who may know whom, and where foreign types stay. */
class ArchitectureTest {
  private static JavaClasses house;

  @BeforeAll
  static void read() {
    house =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.gatehouse");
    assertThat(house.size()).as("classes of the house on the class path").isGreaterThan(500);
  }

  @Test
  void dependenciesRunDownTheList() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("protocol")
        .definedBy("dev.gatehouse.protocol..")
        .layer("llb")
        .definedBy("dev.gatehouse.llb..")
        .layer("sdk")
        .definedBy(sdk())
        .layer("client")
        .definedBy("dev.gatehouse.client..")
        .layer("testkit")
        .definedBy("dev.gatehouse.testkit..")
        .layer("grammars")
        .definedBy("dev.gatehouse.grammar..")
        .layer("kit")
        .definedBy("dev.gatehouse.frontend.kit..")
        .layer("frontends")
        .definedBy("dev.gatehouse.frontend.dockerfile..")
        .layer("linux")
        .definedBy("dev.gatehouse.solver.linux..")
        .layer("core")
        .definedBy("dev.gatehouse.solver.core..")
        .layer("store")
        .definedBy("dev.gatehouse.solver.store..")
        .layer("exec")
        .definedBy("dev.gatehouse.solver.exec..")
        .layer("worker")
        .definedBy("dev.gatehouse.solver.worker..")
        .layer("host")
        .definedBy("dev.gatehouse.host..")
        .layer("daemon")
        .definedBy("dev.gatehouse.daemon..")
        .layer("cli")
        .definedBy("dev.gatehouse.cli..")
        .whereLayer("protocol")
        .mayOnlyBeAccessedByLayers(
            "llb", "sdk", "client", "testkit", "worker", "host", "daemon", "cli")
        .whereLayer("llb")
        .mayOnlyBeAccessedByLayers(
            "sdk", "client", "testkit", "kit", "frontends", "worker", "host", "daemon", "cli")
        .whereLayer("sdk")
        .mayOnlyBeAccessedByLayers("client", "testkit", "kit", "frontends", "host", "daemon", "cli")
        .whereLayer("client")
        .mayOnlyBeAccessedByLayers("cli", "testkit")
        .whereLayer("testkit")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("grammars")
        .mayOnlyBeAccessedByLayers("frontends")
        .whereLayer("kit")
        .mayOnlyBeAccessedByLayers("frontends", "cli")
        .whereLayer("frontends")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("linux")
        .mayOnlyBeAccessedByLayers("store", "exec", "worker", "host", "daemon", "cli")
        .whereLayer("core")
        .mayOnlyBeAccessedByLayers("store", "exec", "worker", "host", "daemon", "cli")
        .whereLayer("store")
        .mayOnlyBeAccessedByLayers("exec", "worker", "host", "daemon", "cli")
        .whereLayer("exec")
        .mayOnlyBeAccessedByLayers("worker", "host", "daemon", "cli")
        .whereLayer("worker")
        .mayOnlyBeAccessedByLayers("host", "daemon", "cli")
        .whereLayer("host")
        .mayOnlyBeAccessedByLayers("daemon", "cli")
        .whereLayer("daemon")
        .mayOnlyBeAccessedByLayers("cli")
        .check(house);
  }

  /** Ties that close a circle of packages, each for its reason; no others may come. */
  private static final List<Tie> KNOWN_TIES =
      List.of(
          // The entry point of images stands where authors look for it, before the server's room.
          new Tie("dev.gatehouse.frontend.FrontendMain", "dev.gatehouse.frontend.server"),
          // What a client offers is part of its public interface; the session serves it.
          new Tie("dev.gatehouse.client.BuildClient", "dev.gatehouse.client.session"),
          // What operations, sources and exporters must heed is given with the build.
          new Tie("dev.gatehouse.solver.worker..", "dev.gatehouse.solver.worker.BuildFacts"),
          // Whether a word announces a here-document shows when it is expanded.
          new Tie(
              "dev.gatehouse.frontend.dockerfile.parse.Heredocs",
              "dev.gatehouse.frontend.dockerfile.shell"),
          new Tie(
              "dev.gatehouse.frontend.dockerfile.lower",
              "dev.gatehouse.frontend.dockerfile.SideBySide"));

  /** A dependency; a side is a class with what it holds, a package, or one with all below it. */
  private record Tie(String from, String to) {
    static DescribedPredicate<JavaClass> in(String place) {
      return DescribedPredicate.describe("in " + place, type -> within(place, type));
    }

    private static boolean within(String place, JavaClass type) {
      if (place.endsWith("..")) {
        return (type.getPackageName() + ".").startsWith(place.substring(0, place.length() - 1));
      }
      return type.getPackageName().equals(place)
          || type.getName().equals(place)
          || type.getName().startsWith(place + "$");
    }
  }

  @Test
  void packagesFormNoCircles() {
    SliceRule rule = slices().matching("dev.gatehouse.(**)").should().beFreeOfCycles();
    for (Tie tie : KNOWN_TIES) {
      rule = rule.ignoreDependency(Tie.in(tie.from()), Tie.in(tie.to()));
    }
    rule.check(house);
  }

  @Test
  void antlrStaysInGrammarsAndParsePackages() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.gatehouse.grammar..", "..parse..", "..shell..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.antlr..")
        .check(house);
  }

  @Test
  void pluginFrameworkStaysInTheHost() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.gatehouse.host..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.pf4j..")
        .check(house);
  }

  @Test
  void foreignFunctionsStayInLinux() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.gatehouse.solver.linux..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(house);
  }

  @Test
  void wireTypesAppearInNoExportedSignature() {
    classes()
        .that()
        .resideOutsideOfPackage("dev.gatehouse.protocol..")
        .and()
        .arePublic()
        .should(exposeNoWireTypes())
        .check(house);
  }

  @Test
  void everyPackageSaysWhatItIsFor() {
    Set<String> packages = new TreeSet<>();
    Set<String> described = new TreeSet<>();
    for (JavaClass each : house) {
      if (each.getPackageName().startsWith("dev.gatehouse.protocol")
          || each.getPackageName().startsWith("dev.gatehouse.grammar")) {
        continue;
      }
      packages.add(each.getPackageName());
      if (each.getSimpleName().equals("package-info") && each.isAnnotatedWith(NullMarked.class)) {
        described.add(each.getPackageName());
      }
    }
    packages.removeAll(described);
    assertThat(packages).as("packages without a null-marked package-info").isEmpty();
  }

  private static DescribedPredicate<JavaClass> sdk() {
    return resideInAnyPackage("dev.gatehouse.frontend..")
        .and(
            DescribedPredicate.not(
                resideInAnyPackage(
                    "dev.gatehouse.frontend.kit..", "dev.gatehouse.frontend.dockerfile..")))
        .and(alwaysTrue());
  }

  private static ArchCondition<JavaClass> exposeNoWireTypes() {
    return new ArchCondition<>("expose no protobuf or gRPC types") {
      @Override
      public void check(JavaClass owner, ConditionEvents events) {
        if (!reachable(owner)) {
          return;
        }
        for (JavaCodeUnit unit : owner.getCodeUnits()) {
          if (exported(unit.getModifiers()) && !inherited(unit)) {
            List<JavaClass> types = new ArrayList<>(unit.getRawParameterTypes());
            types.add(unit.getRawReturnType());
            types.forEach(type -> report(owner, unit.getFullName(), type, events));
          }
        }
        for (JavaField field : owner.getFields()) {
          if (exported(field.getModifiers())) {
            report(owner, field.getFullName(), field.getRawType(), events);
          }
        }
      }
    };
  }

  /** A public class inside of one that is not public is nobody's but its package's. */
  private static boolean reachable(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(ArchitectureTest::reachable).orElse(true);
  }

  private static boolean exported(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  /** Overriding what gRPC declares exposes nothing new when the class itself is not for others. */
  private static boolean inherited(JavaCodeUnit unit) {
    return unit.getModifiers().contains(JavaModifier.SYNTHETIC)
        || unit.getModifiers().contains(JavaModifier.BRIDGE);
  }

  private static void report(
      JavaClass owner, String member, JavaClass type, ConditionEvents events) {
    String name = type.getBaseComponentType().getPackageName();
    if (name.startsWith("dev.gatehouse.protocol")
        || name.startsWith("com.google.protobuf")
        || name.startsWith("io.grpc")) {
      events.add(SimpleConditionEvent.violated(owner, member + " shows " + type.getName()));
    }
  }
}
